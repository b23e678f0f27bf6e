import type { Answered } from "../inference/engine.ts";

/** What an engine would say of a text, for tests of what is made of it. */
export function answeredText(changes: Partial<Answered> = {}): Answered {
  return {
    prediction: { label: "positive", score: 0.75, scores: [0.25, 0.75] },
    tokens: 7,
    isTruncated: false,
    windows: 1,
    isCached: false,
    tokenizeSeconds: 0.0005,
    queueSeconds: 0.002,
    inferenceSeconds: 0.0123456,
    batchSize: 2,
    ...changes,
  };
}
