/** What counts as an exposure; undefined is everything that is assigned. */
export interface ExposureSettings {
  /** Upper case. */
  readonly methods: readonly string[] | undefined;
  /** Each stands for itself and everything below it. */
  readonly paths: readonly string[] | undefined;
}

/** Outcomes that are a yes, or a label. */
export const PLAIN_OUTCOMES = ["correct", "incorrect", "converted", "true_label"] as const;
/** Outcomes that carry a number within declared bounds. */
export const NUMERIC_OUTCOMES = ["revenue", "rating", "nps"] as const;

export type PlainOutcome = (typeof PLAIN_OUTCOMES)[number];
export type NumericOutcome = (typeof NUMERIC_OUTCOMES)[number];

export interface NumericBounds {
  readonly name: NumericOutcome;
  /** Counters only grow: sums are of what is above it. */
  readonly min: number;
  readonly max: number;
}

/** What is reported about answers afterwards. */
export interface OutcomeSettings {
  /** The first encrypts tokens, all of them decrypt. */
  readonly secrets: readonly string[];
  /** On the traffic listener. */
  readonly path: string;
  /** `Authorization: Bearer` that reports ask for; undefined asks for none. */
  readonly key: string | undefined;
  /** Origins whose pages may read the token and report. */
  readonly origins: readonly string[];
  /** Tokens older than this are refused. */
  readonly maxAgeMs: number;
  /** Requests that report, of one address; undefined is no limit. */
  readonly rate: { readonly requests: number; readonly perMs: number } | undefined;
  readonly plain: readonly PlainOutcome[];
  readonly numeric: readonly NumericBounds[];
  /** Labels that the truth and the predictions may have; empty where nobody reports `true_label`. */
  readonly labels: readonly string[];
  readonly duplicates: {
    /** How many reports a replica remembers. */
    readonly window: number;
    /** `redis://…` where several replicas share the memory. */
    readonly redis: string | undefined;
  };
  /** File that acknowledged outcomes are written to before the answer. */
  readonly journal: string | undefined;
}

export const METRICS = [
  "error_ratio",
  "slow_ratio",
  "conversion",
  "correct_ratio",
  "accuracy",
  "macro_recall",
  "macro_f1",
  "revenue",
  "rating",
  "nps",
  "mean_absolute_error",
  "root_mean_squared_error",
] as const;
export type MetricName = (typeof METRICS)[number];

export const DIRECTIONS = ["increase", "decrease"] as const;
export type Direction = (typeof DIRECTIONS)[number];

export const NEUTRAL_RULES = ["own-class", "drop", "to-negative"] as const;
export type NeutralRule = (typeof NEUTRAL_RULES)[number];

export interface GuardrailSettings {
  readonly metric: MetricName;
  readonly direction: Direction;
  /** How much worse, in the metric's own unit, is still accepted. */
  readonly margin: number;
}

/** How the experiment will be judged; fixed beforehand. */
export interface AnalysisSettings {
  readonly metric: MetricName;
  /** Which way is better. */
  readonly direction: Direction;
  /** Smaller differences, in the metric's own unit, do not matter. */
  readonly margin: number;
  readonly alpha: number;
  /** Shared among the guardrails and treatments. */
  readonly guardrailAlpha: number;
  /** Scale of the differences expected, in the metric's own unit: where the sequential test is sharpest. */
  readonly tau: number;
  /** After it the experiment ends, whatever it has found. */
  readonly horizonMs: number;
  /** Undefined is sequential: every look counts. Otherwise that many looks, evenly over the horizon. */
  readonly plannedLooks: number | undefined;
  /** How long delayed truth may take. */
  readonly maturityMs: number;
  readonly neutral: NeutralRule;
  /** Answers slower than this are slow; one of the bounds of ab_request_duration_seconds. */
  readonly slowerThanMs: number;
  readonly guardrails: readonly GuardrailSettings[];
  /** Reported beside the primary metric, corrected by Holm; they decide nothing. */
  readonly secondary: readonly MetricName[];
}

/** The same request, sent to another variant too; its answer reaches nobody. */
export interface ShadowSettings {
  readonly variant: string;
  /** Share (0..1) of the requests. */
  readonly ratio: number;
  readonly maxInFlight: number;
  /** File that disagreements are written to with their texts; undefined writes none. */
  readonly sampleTexts: string | undefined;
}

export const STOP_MODES = ["off", "dry-run", "on"] as const;
export type StopMode = (typeof STOP_MODES)[number];

export interface JudgeSettings {
  readonly host: string;
  readonly port: number;
  /** Names allowed in the Host header beside IP literals and localhost. */
  readonly hosts: readonly string[];
  /** Where gateways and reports find it; undefined where nobody asks it. */
  readonly url: string | undefined;
  /** Between two looks; looks are at whole multiples of it since 1970, UTC. */
  readonly stepMs: number;
  /** Undefined reads the processes' own /metrics. */
  readonly prometheus: string | undefined;
  /** Admin listeners of the gateways, where there is no Prometheus; empty is the own configuration's. */
  readonly gateways: readonly string[];
  /** File that its state is kept in. */
  readonly state: string;
  /** What gateways do when it publishes a stop. */
  readonly stop: StopMode;
  /** File that gateways keep stops in, for a start while the judge is away; undefined keeps them in memory alone. */
  readonly stopFile: string | undefined;
  /** How often gateways ask it. */
  readonly pollMs: number;
}
