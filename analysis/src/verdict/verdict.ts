import type { Direction, MetricName } from "../../../proxy/src/config/analysis-config.ts";

/** The closed answer, the first that applies in this order. */
export type Answer =
  /** Sample ratio mismatch, one unit that dominates, missing data, or workers that cannot be compared. */
  "invalid" | "guardrail_breached" | "better" | "worse" | "no_difference" | "not_enough_data";

/** What one look has found; everything a report, a dashboard or the live page shows is in it. */
export interface Verdict {
  readonly schema: 1;
  readonly experiment: string;
  readonly phase: number;
  /** Of the effective configuration that the gateways run; several where they differ. */
  readonly configHashes: readonly string[];
  /** SHA-256, hex, of the analysis block in the form of the file and of the variants' names and control. */
  readonly analysisHash: string;
  /** Moments are milliseconds since 1970. Of this look; a whole multiple of the step. */
  readonly at: number;
  /** Of the first exposure's step; null before. */
  readonly since: number | null;
  /** When the experiment ends; null before the first exposure. */
  readonly endsAt: number | null;
  readonly looks: number;
  readonly answer: Answer;
  /** The treatment that the answer is about; null where it is about none. */
  readonly treatment: string | null;
  /** When a sequential decision fell; it does not flip back. Null while there is none. */
  readonly decidedAt: number | null;
  /** One sentence for people, which names variants. */
  readonly headline: string;
  /** Why, one sentence each, the weightiest first; they name variants. */
  readonly reasons: readonly string[];
  /** More days at the present pace until the primary metric can be decided; null where nobody can say. */
  readonly daysLeft: number | null;
  readonly metric: MetricName;
  readonly direction: Direction;
  readonly margin: number;
  readonly alpha: number;
  /** In file order. */
  readonly variants: readonly VariantSummary[];
  readonly validity: Validity;
  /** One for each treatment. */
  readonly comparisons: readonly Comparison[];
  readonly costs: readonly Cost[];
  /** Of the shadow requests, one for each pair of variants; empty where there are none. */
  readonly agreements: readonly Agreement[];
  /** Treatments that gateways are told to stop, in the order they were. */
  readonly stopped: readonly {
    readonly treatment: string;
    readonly at: number;
    readonly metric: MetricName;
  }[];
}

export interface VariantSummary {
  readonly name: string;
  readonly role: "control" | "treatment";
  readonly exposures: number;
  /** What the weights predict of them. */
  readonly expected: number;
  readonly errors: number;
  readonly slow: number;
  /** Outcomes by name. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Share (0..1) of the predictions whose truth is known, with its interval; null without predictions. */
  readonly coverage: Estimate | null;
  /** From the confusion counts, after the rule for neutral; null without truth. */
  readonly classification: Classification | null;
  /** Of ratings against what the model said; null without them. */
  readonly regression: Regression | null;
}

/** A number and its interval at 1 − alpha, by the larger of the clustered and the block variance. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface Classification {
  /** Raw labels, as the models and the truth say them; rows are the truth, columns the predictions. */
  readonly labels: readonly string[];
  readonly confusion: readonly (readonly number[])[];
  readonly count: number;
  readonly accuracy: Estimate;
  readonly macroRecall: Estimate;
  readonly macroF1: Estimate;
  /** By class after the rule for neutral. */
  readonly classes: readonly {
    readonly label: string;
    readonly precision: Estimate | null;
    readonly recall: Estimate | null;
    readonly f1: Estimate | null;
    readonly count: number;
  }[];
  readonly kappa: number | null;
  /** Weighted by how often each label was predicted, so that missing truth does not shift it. */
  readonly reweightedAccuracy: number | null;
  /** Accuracy if all missing truth were wrong, or right. */
  readonly worstCase: { readonly low: number; readonly high: number } | null;
  /** Accuracy by every rule for neutral, so that the effect of the choice is seen. */
  readonly byNeutralRule: Readonly<Record<"own-class" | "drop" | "to-negative", number | null>>;
}

export interface Regression {
  readonly count: number;
  readonly meanAbsoluteError: Estimate;
  readonly rootMeanSquaredError: Estimate;
  /** Null where all truths are equal. */
  readonly r2: number | null;
}

export type Check = "ok" | "failed" | "unknown";

export interface Validity {
  readonly sampleRatio: {
    readonly check: Check;
    /** Sequential, on clustered deviations; alarm above 6.908 at any look, and it stays. */
    readonly logLikelihoodRatio: number;
    readonly limit: number;
    readonly failedAt: number | null;
  };
  /** Largest share of one analysis bucket in a variant's exposures; above 0.1 nothing is tested. */
  readonly whale: { readonly check: Check; readonly largestShare: number; readonly limit: number };
  /** Steps that could not be read, of all. */
  readonly missing: { readonly check: Check; readonly steps: number; readonly of: number };
  /** Threads, limits, batch sizes, replicas of the workers. */
  readonly comparable: { readonly check: Check; readonly differences: readonly string[] };
  /** Requests of users whose header and cookie lead to different variants, as a share of the exposures. */
  readonly contamination: { readonly requests: number; readonly share: number };
  /** Whether the shares of known truth differ between the variants. */
  readonly coverage: { readonly check: Check; readonly difference: Estimate | null };
  /** Only failures were ever reported: no share of right answers can be had of them. */
  readonly incorrectOnly: boolean;
}

/** A treatment beside the control. */
export interface Comparison {
  readonly treatment: string;
  readonly control: string;
  readonly metrics: readonly MetricComparison[];
}

export interface MetricComparison {
  readonly metric: MetricName;
  readonly kind: "primary" | "guardrail" | "secondary";
  readonly direction: Direction;
  readonly margin: number;
  readonly alpha: number;
  readonly control: number | null;
  readonly treatment: number | null;
  /** Treatment less control, each stratum weighed by its size; its interval holds at every look. Null before data. */
  readonly difference: Estimate | null;
  /** Without strata, for comparison: what Simpson's paradox would show. */
  readonly pooledDifference: number | null;
  readonly standardErrors: { readonly clustered: number; readonly block: number } | null;
  /** Two-sided mSPRT of no difference at all. */
  readonly logLikelihoodRatio: number | null;
  /** Valid at any look; the least so far. For secondary metrics corrected by Holm. */
  readonly pValue: number | null;
  /** What a test with one fixed look would say now; not valid at several. */
  readonly naivePValue: number | null;
  readonly decision: "better" | "worse" | "no_difference" | "breached" | "holds" | "open";
  readonly decidedAt: number | null;
  /** Looks so far, thinned to some hundred, for a chart. */
  readonly history: readonly { readonly at: number; readonly difference: Estimate }[];
}

/** What a variant's workers cost; null where nobody says. Identifies a variant: never in anything masked. */
export interface Cost {
  readonly variant: string;
  readonly replicas: number;
  readonly predictions: number;
  readonly meanLatencySeconds: number | null;
  readonly p50LatencySeconds: number | null;
  readonly p99LatencySeconds: number | null;
  readonly residentBytes: number | null;
  readonly cpuSecondsPerThousand: number | null;
}

export interface Agreement {
  readonly primary: string;
  readonly shadow: string;
  readonly count: number;
  readonly agreed: number;
  readonly kappa: number | null;
  readonly pairs: readonly { readonly label: string; readonly shadowLabel: string; readonly count: number }[];
}
