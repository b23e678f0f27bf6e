import { median } from "./median.ts";

/** What blindsplit promises beside another contestant of the same run. */
export interface Verdict {
  readonly promise: string;
  /** What is judged: a ratio of medians, or the median of differences. */
  readonly figure: number;
  /** The least and the most of the rounds: how sure the figure is. */
  readonly least: number;
  readonly most: number;
  readonly reached: boolean;
}

/** One figure of a contestant. */
export interface Figures {
  readonly median: number;
  /** Of each round, in order. */
  readonly rounds: readonly number[];
}

/** What our figure may be, as a multiple of the other's. */
export type Limit = { readonly atLeast: number } | { readonly atMost: number };

export function judgeRatio(what: string, limit: Limit, other: string, own: Figures, its: Figures): Verdict {
  const figure = own.median / its.median;
  const ratios = own.rounds.map((value, round) => value / (its.rounds[round] ?? Number.NaN));
  const [sign, bound, reached] =
    "atLeast" in limit
      ? ["≥", limit.atLeast, figure >= limit.atLeast]
      : ["≤", limit.atMost, figure <= limit.atMost];
  return {
    promise: `${what} ${sign} ${bound} × ${other}`,
    ...{ figure, least: Math.min(...ratios), most: Math.max(...ratios), reached },
  };
}

/** What ours may cost more than the other, in microseconds. Rounds are compared with each other: both met the same machine. */
export function judgeDifference(
  what: string,
  atMostUs: number,
  other: string,
  own: Figures,
  its: Figures,
): Verdict {
  const differences = own.rounds.map((value, round) => value - (its.rounds[round] ?? Number.NaN));
  const figure = median(differences);
  return {
    promise: `${what} ≤ ${other} + ${atMostUs} µs`,
    ...{ figure, least: Math.min(...differences), most: Math.max(...differences) },
    reached: figure <= atMostUs,
  };
}
