import { WorkerError } from "../errors.ts";
import type { Answered } from "../inference/engine.ts";
import { clip } from "./contract.ts";

/**
 * Whether the request's query asks for more than the prediction; unknown parameters are ignored.
 * @throws WorkerError `invalid_request` for another value than 0 or 1, or where the setting `detail` does not allow it.
 */
export function wantsDetail(target: string, isAllowed: boolean): boolean {
  const at = target.indexOf("?");
  if (at < 0) return false;
  const given = new URLSearchParams(target.slice(at)).getAll("detail");
  if (given.length === 0) return false;
  const [value = ""] = given;
  if (given.length > 1 || !/^[01]$/.test(value)) {
    throw new WorkerError("invalid_request", `detail ${clip(given.join(", "))}: send detail=1 or detail=0`);
  }
  if (value === "1" && !isAllowed) {
    throw new WorkerError(
      "invalid_request",
      "detail=1 tells callers the model, so this worker does not answer it; allow it with the setting detail: true",
    );
  }
  return value === "1";
}

/** Microseconds. */
const DETAIL_DECIMALS = 3;

/** One prediction with all that `?detail=1` promises; times in milliseconds. */
export function describeAnswer(answered: Answered, labels: readonly string[]): object {
  const { label, score, scores } = answered.prediction;
  return {
    ...(label === undefined ? {} : { label }),
    score,
    ...(label === undefined ? {} : { scores: byLabel(labels, scores) }),
    tokens: answered.tokens,
    truncated: answered.isTruncated,
    ...(answered.windows > 1 ? { windows: answered.windows } : {}),
    cached: answered.isCached,
    timings: {
      tokenize: toMs(answered.tokenizeSeconds, DETAIL_DECIMALS),
      queue: toMs(answered.queueSeconds, DETAIL_DECIMALS),
      inference: toMs(answered.inferenceSeconds, DETAIL_DECIMALS),
    },
    batch_size: answered.batchSize,
  };
}

function byLabel(labels: readonly string[], scores: readonly number[]): Record<string, number> {
  return Object.fromEntries(labels.map((label, at) => [label, scores[at] ?? 0]));
}

/** Milliseconds with so many decimals. */
export function toMs(seconds: number, decimals: number): number {
  return Math.round(seconds * 10 ** (3 + decimals)) / 10 ** decimals;
}
