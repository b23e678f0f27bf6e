import type { Answered } from "../inference/engine.ts";
import type { Contract } from "./contract.ts";
import { describeAnswer, toMs } from "./detail.ts";

export interface AnswerWish {
  /** One prediction, not a list. */
  readonly isSingle: boolean;
  readonly isDetailed: boolean;
}

/** What became of a request's texts → the body of its answer, as JSON. */
export type WriteAnswer = (answered: readonly Answered[], wish: AnswerWish) => string;

export function createAnswerWriter({ labels }: Pick<Contract, "labels">): WriteAnswer {
  // Everything in front of the number is the same in every answer: a request costs one lookup and one concatenation.
  const beginnings = new Map<string | undefined, string>([[undefined, '{"score":']]);
  for (const label of labels) beginnings.set(label, `{"label":${JSON.stringify(label)},"score":`);

  const writePrediction = ({ prediction: { label, score } }: Answered) =>
    `${beginnings.get(label) ?? `{"label":${JSON.stringify(label)},"score":`}${score}}`;
  const writeDetailed = (answered: Answered) => JSON.stringify(describeAnswer(answered, labels));

  return (answered, { isSingle, isDetailed }) => {
    const written = answered.map(isDetailed ? writeDetailed : writePrediction);
    return isSingle ? (written[0] ?? "") : `{"predictions":[${written.join(",")}]}`;
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
