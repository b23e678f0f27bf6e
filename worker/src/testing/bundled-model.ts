import { fileURLToPath } from "node:url";
import { threadDataOf } from "../inference/build.ts";
import type { Batch, ThreadData } from "../inference/protocol.ts";
import { type ModelChoice, type ModelSource, readModelSource, readTokenizerFiles } from "../model/source.ts";
import { createTokenizer } from "../model/tokenizer.ts";
import { createEncoder } from "../tokenize/encoder.ts";
import { testOptions } from "./running-app.ts";

/** Models that take the text itself: a classification and a regression. */
export const SENTIMENT_FOREST = fileURLToPath(new URL("../../models/sentiment-forest-tiny", import.meta.url));
export const RATING_FOREST = fileURLToPath(new URL("../../models/rating-forest-tiny", import.meta.url));

const TOKENS: ModelChoice = {
  dtype: "quantized",
  task: "text-classification",
  input: "tokens",
  labels: {},
  maxTokens: 512,
};
export const TEXT: ModelChoice = { ...TOKENS, dtype: "fp32", input: "text" };

export interface LoadedModel {
  readonly source: ModelSource;
  readonly data: ThreadData;
  batchOf(...texts: string[]): Batch;
}

/** What the inference thread is told of a model, and texts in the form in which it takes them. */
export async function loadModel(directory: string, choice: ModelChoice = TOKENS): Promise<LoadedModel> {
  const source = await readModelSource(directory, choice);
  const data = threadDataOf(source, testOptions());
  const { limitTokens } = source;
  if (limitTokens === undefined) return { source, data, batchOf: (...texts) => ({ kind: "text", texts }) };
  const { definition, settings } = await readTokenizerFiles(directory);
  const encoder = createEncoder(createTokenizer(definition, settings), { limitTokens, overlong: "truncate" });
  return {
    source,
    data,
    batchOf(...texts) {
      const sequences = texts.map((text) => Array.from(encoder.encode(text).sequences[0] ?? [], Number));
      const lengths = sequences.map(({ length }) => length);
      return { kind: "tokens", ids: Int32Array.from(sequences.flat()), lengths };
    },
  };
}
