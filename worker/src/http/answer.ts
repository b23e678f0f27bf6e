import type { Answered } from "../inference/engine.ts";
import type { Contract } from "./contract.ts";
import { describeAnswer } from "./detail.ts";

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
