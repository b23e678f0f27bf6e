/** What blindsplit promises beside another contestant of the same run. */
export interface Verdict {
  readonly promise: string;
  /** Of the medians; this is what is judged. */
  readonly ratio: number;
  /** The least and the most of the rounds: how sure the ratio is. */
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
  const ratio = own.median / its.median;
  const ratios = own.rounds.map((value, round) => value / (its.rounds[round] ?? Number.NaN));
  const [sign, bound, reached] =
    "atLeast" in limit
      ? ["≥", limit.atLeast, ratio >= limit.atLeast]
      : ["≤", limit.atMost, ratio <= limit.atMost];
  return {
    promise: `${what} ${sign} ${bound} × ${other}`,
    ...{ ratio, least: Math.min(...ratios), most: Math.max(...ratios), reached },
  };
}
