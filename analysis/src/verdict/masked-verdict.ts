import type { Direction, MetricName } from "../../../proxy/src/config/analysis-config.ts";
import type { Check } from "./verdict.ts";

/**
 * `better` is of either side: whether it is the treatment that is better or worse would tell which letter is the treatment.
 */
export type MaskedAnswer = "invalid" | "guardrail_breached" | "better" | "no_difference" | "not_enough_data";

/** A verdict that may be read by those who must not know which variant is which: variants are letters. */
export interface MaskedVerdict {
  readonly schema: 1;
  readonly masked: true;
  readonly experiment: string;
  readonly phase: number;
  readonly configHashes: readonly string[];
  readonly analysisHash: string;
  /** Moments are milliseconds since 1970. */
  readonly at: number;
  readonly since: number | null;
  readonly endsAt: number | null;
  readonly looks: number;
  readonly answer: MaskedAnswer;
  /** Of the answer `better` alone. */
  readonly better: { readonly letter: string; readonly than: string } | null;
  readonly decidedAt: number | null;
  readonly headline: string;
  readonly reasons: readonly string[];
  /** To a tenth. */
  readonly daysLeft: number | null;
  readonly metric: MetricName;
  readonly direction: Direction;
  readonly margin: number;
  readonly alpha: number;
  /** In their own order. */
  readonly letters: readonly string[];
  /** All variants together: a count of one variant tells its weight. */
  readonly exposures: number;
  readonly validity: MaskedValidity;
  /**
   * Of the primary metric and those secondary ones that tell nothing. Guardrails are not among them: a guardrail that is
   * not breached, beside a difference that would breach it, tells which letter is the control.
   */
  readonly comparisons: readonly MaskedComparison[];
  /** Of a metric that is the primary one too, only when it is breached: to hold beside a difference tells the control. */
  readonly guardrails: readonly MaskedGuardrail[];
  /** Of all shadow requests together; null without them. */
  readonly agreement: { readonly count: number; readonly share: number } | null;
  readonly stopped: readonly { readonly letter: string; readonly at: number; readonly metric: MetricName }[];
}

/** Everything of it but its sentences, which are made of nothing else. */
export type MaskedFacts = Omit<MaskedVerdict, "headline" | "reasons">;

export interface MaskedValidity {
  readonly sampleRatio: {
    readonly check: Check;
    readonly logLikelihoodRatio: number;
    readonly limit: number;
    readonly failedAt: number | null;
  };
  readonly whale: { readonly check: Check; readonly largestShare: number; readonly limit: number };
  readonly missing: { readonly check: Check; readonly steps: number; readonly of: number };
  /** What differs would tell the variants: only whether something does. */
  readonly comparable: { readonly check: Check };
  readonly contamination: { readonly requests: number; readonly share: number };
  /** The difference without its sign. */
  readonly coverage: {
    readonly check: Check;
    readonly difference: number | null;
    /** Truths, and answers judged right or wrong, in all variants together. */
    readonly truths: number;
  };
  readonly incorrectOnly: boolean;
}

/** Two letters in their order: `first` less `second`, so that a sign tells nothing of the roles. */
export interface MaskedComparison {
  readonly first: string;
  readonly second: string;
  /** `X-Y`. */
  readonly pair: string;
  readonly metric: MetricName;
  readonly kind: "primary" | "secondary";
  readonly direction: Direction;
  readonly margin: number;
  readonly alpha: number;
  /** Errors, conversions, truths or what the metric is made of, in all variants together; see `countEvents`. */
  readonly events: number;
  /**
   * By letter; null where the variants' weights differ: how fine a share is grained, and which values fit the width of
   * the interval, tells how many are behind it.
   */
  readonly values: Readonly<Record<string, number>> | null;
  /** Null before data, and while there are too few events: a caller could tell a letter by its own reports. */
  readonly difference: MaskedEstimate | null;
  readonly logLikelihoodRatio: number | null;
  readonly pValue: number | null;
  readonly decision: "better" | "no_difference" | "open";
  /** The letter that is better, where the decision is that one is. */
  readonly better: string | null;
  readonly decidedAt: number | null;
  readonly history: readonly { readonly at: number; readonly difference: MaskedEstimate }[];
}

/** Rounded by its own half-width: all digits together are a fraction whose denominators are the counts. */
export interface MaskedEstimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface MaskedGuardrail {
  readonly metric: MetricName;
  readonly direction: Direction;
  readonly margin: number;
  /** `holds` once it does for every treatment. */
  readonly state: "breached" | "holds" | "open";
  /** Letters that breach it: these are treatments, and whoever reads it learns so. */
  readonly breached: readonly string[];
  readonly decidedAt: number | null;
}
