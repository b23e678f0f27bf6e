import { probabilityOfBeingBetter } from "../beta-posterior.ts";
import { newcombe, pooledZ, wilson } from "../proportions.ts";
import { welch, welchRelative } from "../welch.ts";
import type { Case } from "./case.ts";

export function fixedLookCases(): Case[] {
  const few = pooledZ({ successes: 12, trials: 99 }, { successes: 5, trials: 83 });
  const [two, twoAndAHalf] = [
    { successes: 200, trials: 10_000 },
    { successes: 250, trials: 10_000 },
  ];
  const many = pooledZ(two, twoAndAHalf);
  const between = newcombe(two, twoAndAHalf, 0.05);
  const tenth = wilson({ successes: 10, trials: 100 }, 0.05);
  const none = wilson({ successes: 0, trials: 50 }, 0.05);
  const control = { mean: 0.41, variance: 3.9 ** 2, count: 3407 };
  const treatment = { mean: 0.7, variance: 6.2 ** 2, count: 3461 };
  const absolute = welch(control, treatment, 0.05);
  const relative = welchRelative(control, treatment, 0.05);
  const better = probabilityOfBeingBetter({ successes: 100, trials: 1000 }, { successes: 120, trials: 1000 });
  return [
    ["z 5/83 v 12/99: z", "-1.407830", few.z],
    ["z 5/83 v 12/99: p", ".159181", few.pValue],
    ["z 200/10,000 v 250/10,000: z", "2.383995", many.z],
    ["z 200/10,000 v 250/10,000: p", ".0171258", many.pValue],
    ["Newcombe 200/10,000 v 250/10,000: low", ".000887", between.low],
    ["Newcombe 200/10,000 v 250/10,000: high", ".009138", between.high],
    ["Wilson 10/100: low", ".055229", tenth.low],
    ["Wilson 10/100: high", ".174366", tenth.high],
    ["Wilson 0/50: low", "0", none.low],
    ["Wilson 0/50: high", ".071348", none.high],
    ["Welch .41/3.9/3407 v .70/6.2/3461: t", "2.324", absolute.t],
    ["Welch .41/3.9/3407 v .70/6.2/3461: p", ".02016", absolute.pValue],
    ["Welch .41/3.9/3407 v .70/6.2/3461: low", ".04538", absolute.low],
    ["Welch .41/3.9/3407 v .70/6.2/3461: high", ".53462", absolute.high],
    ["Welch relative: difference", ".70732", relative.difference],
    ["Welch relative: low", "-.03526", relative.low],
    ["Welch relative: high", "1.44989", relative.high],
    ["Welch relative: p", ".06191", relative.pValue],
    ["P(B>A) 100/1,000 v 120/1,000", ".923183", better],
    ["P(B>A) 200/10,000 v 250/10,000", ".991423", probabilityOfBeingBetter(two, twoAndAHalf)],
  ];
}
