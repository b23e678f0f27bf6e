import type { WorkerError } from "../errors.ts";
import type { Prediction } from "../model/prediction.ts";
import type { DropReason } from "./record.ts";

/** One request's wishes. */
export interface Call {
  /** Aborted when the caller leaves: what of its texts still waits is dropped at once. */
  readonly signal: AbortSignal;
  /** The caller's own patience in milliseconds from now; undefined: the configured one. */
  readonly timeoutMs: number | undefined;
  /** Its answer reaches nobody: it is left out of what is measured of answers, and uses no cache. Left out: false. */
  readonly isShadow?: boolean;
}

/** What became of one text. Times in seconds. */
export interface Answered {
  readonly prediction: Prediction;
  /** Tokens that went into the model, over all windows; 0 where the graph takes the text itself. */
  readonly tokens: number;
  readonly isTruncated: boolean;
  /** How many pieces the text was judged in; 1 but for `overlong: window`. */
  readonly windows: number;
  /** From the answer cache: then no stage took any time, and `batchSize` is 0. */
  readonly isCached: boolean;
  readonly tokenizeSeconds: number;
  readonly queueSeconds: number;
  /** Wall time of the run that served it; the sum over the runs of its windows. */
  readonly inferenceSeconds: number;
  /** Sequences in that run; the largest of its windows' runs. */
  readonly batchSize: number;
}

/** tokenize → admit → batch → infer → classify. */
export interface Engine {
  /** Texts that wait; those handed to the inference thread are not among them. */
  readonly depth: number;
  /** Tokens of those texts. */
  readonly depthTokens: number;
  /**
   * Why not even one text would be admitted now (`queue_full`), for who would not look at it first; or undefined. A
   * shadow is refused when half the places are taken: the other half is for callers.
   */
  refusal(isShadow?: boolean): WorkerError | undefined;
  /**
   * @returns one answer per text, in order.
   * @throws WorkerError `queue_full` (with an honest `retry-after`), `request_deadline`, `queue_deadline`,
   *   `too_many_tokens`, `text_overlong`, `text_unprocessable`, `not_ready`, `inference_failed`, or the signal's reason.
   */
  predict(texts: readonly string[], call: Call): Promise<Answered[]>;
  /** Answers everything that waits with `error`; what the inference thread already has is not touched. */
  dropWaiting(error: WorkerError, reason: DropReason): void;
}
