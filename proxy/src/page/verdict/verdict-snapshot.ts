/** What the page says of the judge; `problem` says why there is no verdict. */
export type VerdictSnapshot = VerdictFacts | VerdictProblem;

export interface VerdictProblem {
  /** For people, one sentence. */
  readonly problem: string;
  /** Nothing is wrong: the judge has not looked yet. */
  readonly isEarly?: boolean;
}

export type VerdictAnswer =
  | "invalid"
  | "guardrail_breached"
  | "better"
  | "worse"
  | "no_difference"
  | "not_enough_data";

/** Variants by their names on the open page, by letters on the masked one. Shares are 0 to 1. */
export interface VerdictFacts {
  readonly answer: VerdictAnswer;
  readonly headline: string;
  /** The weightiest first; empty where the split is broken. */
  readonly reasons: readonly string[];
  /** Of the last look, and when the next one is due; milliseconds since 1970. */
  readonly at: number;
  readonly nextAt: number;
  readonly looks: number;
  /** At the present pace; null where nobody can say. */
  readonly daysLeft: number | null;
  /** Exposures deviate from the weights: no number about a difference is in here then. */
  readonly isSplitBroken: boolean;
  readonly metric: string;
  readonly direction: "increase" | "decrease";
  /** Smaller differences do not matter, in the metric's own unit. */
  readonly margin: number;
  /** Of the primary metric; empty where the answer is `invalid`. */
  readonly differences: readonly VerdictDifference[];
  /** Empty where the answer is `invalid`. */
  readonly guardrails: readonly VerdictGuardrail[];
  /** Variants that the judge has stopped. */
  readonly stopped: readonly string[];
}

/** Of one variant less another. */
export interface VerdictDifference {
  readonly of: string;
  readonly less: string;
  /** With its interval, which holds at every look; null before there are data. */
  readonly estimate: { readonly value: number; readonly low: number; readonly high: number } | null;
}

export interface VerdictGuardrail {
  readonly metric: string;
  readonly state: "breached" | "holds" | "open";
  /** Variants that breach it. */
  readonly breachedBy: readonly string[];
}
