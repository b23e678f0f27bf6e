/** What the engine tells the metrics. Times in seconds. Every method is called on the main thread and must be cheap. */

/** Why an admitted text got no answer. A closed set: it is a metric label. */
export const DROP_REASONS = [
  "caller_gone",
  "deadline",
  "inference_failed",
  "text_unprocessable",
  "stopping",
] as const;
export type DropReason = (typeof DROP_REASONS)[number];

/** What is known of a computed text since it was split. */
export interface EncodedFacts {
  /** Tokens that go into the model, special ones included; over all windows. 0 where the graph takes the text itself. */
  readonly tokens: number;
  /** Tokens that the vocabulary does not have. */
  readonly unknownTokens: number;
  /** Whether the text was longer than the model reads and has been cut. */
  readonly isTruncated: boolean;
  readonly tokenizeSeconds: number;
}

/** One text that was computed. */
export interface ComputedFacts {
  /** Wall time of the model run that served it; the sum over its windows. */
  readonly inferenceSeconds: number;
  /** From admission to prediction, less the run. */
  readonly queueSeconds: number;
  /** The answer's score: a probability, or a regression's number. */
  readonly score: number;
}

/** One run of the model. */
export interface BatchFacts {
  readonly sequences: number;
  /** Tokens of the texts themselves. */
  readonly tokens: number;
  /** Tokens that only fill shorter texts up to the longest. */
  readonly paddingTokens: number;
  readonly runSeconds: number;
}

export interface EngineRecord {
  /** Called with `computed`, so that both are of the texts that were answered. */
  encoded(facts: EncodedFacts): void;
  computed(facts: ComputedFacts): void;
  ran(facts: BatchFacts): void;
  dropped(reason: DropReason, count: number): void;
  /** A text was looked up in the answer cache; a hit is neither encoded nor computed. Not called when there is no cache. */
  lookedUp(isHit: boolean): void;
}
