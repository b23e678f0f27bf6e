import type { Answered } from "../inference/engine.ts";
import type { Contract } from "./contract.ts";
import { toMs } from "./detail.ts";

/** What became of a request's texts → the headers of its answer. */
export type WriteHeaders = (
  answered: readonly Answered[],
  isSingle: boolean,
) => Readonly<Record<string, string>>;

/**
 * `label;score`, for the gateway alone, which drops it: what the one text of an answer was judged. The label is
 * percent-encoded UTF-8, the score as in the body; a regression's label is empty. An answer to many has none.
 */
export const PREDICTION_HEADER = "x-blindsplit-prediction";

export function createHeaderWriter({ labels }: Pick<Contract, "labels">): WriteHeaders {
  const beginnings = new Map<string | undefined, string>([[undefined, ";"]]);
  // A label of half a surrogate pair cannot be encoded.
  const beginningOf = (label: string) => `${encodeURIComponent(label.toWellFormed())};`;
  for (const label of labels) beginnings.set(label, beginningOf(label));

  return (answered, isSingle) => {
    const headers: Record<string, string> = { "server-timing": writeTimings(answered) };
    const [only] = answered;
    if (isSingle && only !== undefined) {
      const { label, score } = only.prediction;
      headers[PREDICTION_HEADER] = `${beginnings.get(label) ?? beginningOf(label ?? "")}${score}`;
    }
    const truncated = writeTruncated(answered);
    if (truncated !== undefined) headers[TRUNCATED_HEADER] = truncated;
    return headers;
  };
}

export const TRUNCATED_HEADER = "x-blindsplit-truncated";
/** So many indices at most, so that the header stays below 600 bytes. */
export const TRUNCATED_SHOWN = 100;

/**
 * Which texts were longer than the model reads: their indices, the first hundred, then `more` if there are more (a
 * list of RFC 9651). Said in a header, because bodies must not differ between variants; the gateway drops the header.
 */
export function writeTruncated(answered: readonly Answered[]): string | undefined {
  if (!answered.some(({ isTruncated }) => isTruncated)) return undefined;
  const indices = answered.flatMap(({ isTruncated }, index) => (isTruncated ? String(index) : []));
  return [...indices.slice(0, TRUNCATED_SHOWN), ...(indices.length > TRUNCATED_SHOWN ? ["more"] : [])].join(
    ", ",
  );
}

/** Ten microseconds. */
const TIMING_DECIMALS = 2;

/** `Server-Timing` (W3C): of each stage, the longest time that one of the texts took; milliseconds. */
export function writeTimings(answered: readonly Answered[]): string {
  let tokenize = 0;
  let queue = 0;
  let inference = 0;
  for (const { tokenizeSeconds, queueSeconds, inferenceSeconds } of answered) {
    if (tokenizeSeconds > tokenize) tokenize = tokenizeSeconds;
    if (queueSeconds > queue) queue = queueSeconds;
    if (inferenceSeconds > inference) inference = inferenceSeconds;
  }
  const written = (seconds: number) => toMs(seconds, TIMING_DECIMALS);
  return `tokenize;dur=${written(tokenize)}, queue;dur=${written(queue)}, inference;dur=${written(inference)}`;
}
