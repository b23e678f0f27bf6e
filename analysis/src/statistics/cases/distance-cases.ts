import {
  kullbackLeibler,
  populationStability,
  totalVariation,
  wasserstein,
} from "../distribution-distance.ts";
import type { Case } from "./case.ts";

export function distanceCases(): Case[] {
  const [even, shifted] = [
    [0.5, 0.5],
    [0.6, 0.4],
  ];
  const [three, moved] = [
    [0.3, 0.2, 0.5],
    [0.4, 0.25, 0.35],
  ];
  return [
    ["W1 [0,1,3] v [5,6,8]", "5", wasserstein([0, 1, 3], [5, 6, 8])],
    ["(.5,.5)->(.6,.4): PSI", ".0405465", populationStability(even, shifted)],
    ["(.5,.5)->(.6,.4): KL", ".0201355", kullbackLeibler(even, shifted)],
    ["(.5,.5)->(.6,.4): TV", ".1", totalVariation(even, shifted)],
    ["(.3,.2,.5)->(.4,.25,.35): PSI", ".0934266", populationStability(three, moved)],
    ["(.3,.2,.5)->(.4,.25,.35): KL", ".0460225", kullbackLeibler(three, moved)],
    ["(.3,.2,.5)->(.4,.25,.35): TV", ".15", totalVariation(three, moved)],
    ["(.3,.2,.5)->(.4,.25,.35): W1, ordinal", ".25", wasserstein(inTwentieths(three), inTwentieths(moved))],
  ];
}

/** Twenty ratings 0, 1, 2 in these shares. */
function inTwentieths(shares: readonly number[]): number[] {
  return shares.flatMap((share, rating) => new Array<number>(Math.round(share * 20)).fill(rating));
}
