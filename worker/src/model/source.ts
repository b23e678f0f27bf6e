import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { pipeline } from "node:stream/promises";
import * as z from "zod";
import { WorkerError } from "../errors.ts";
import { wording } from "../messages.ts";
import { type Labels, readLabels } from "./labels.ts";
import type { TokenizerDefinition } from "./tokenizer.ts";

/** File names of the transformers.js layout, by `dtype`. */
export const GRAPH_FILES = {
  quantized: "onnx/model_quantized.onnx",
  int8: "onnx/model_int8.onnx",
  uint8: "onnx/model_uint8.onnx",
  fp16: "onnx/model_fp16.onnx",
  fp32: "onnx/model.onnx",
} as const;
export type Dtype = keyof typeof GRAPH_FILES;
export const DTYPES = Object.keys(GRAPH_FILES) as [Dtype, ...Dtype[]];

/** What can be known about a model without loading its graph. */
export interface ModelSource {
  readonly directory: string;
  /** The directory's own name, such as `distilbert-mini-sst2`. */
  readonly modelName: string;
  readonly modelType: string;
  readonly dtype: Dtype;
  readonly graphPath: string;
  readonly labels: Labels;
  /** Longest sequence the model reads, in tokens, special tokens included. */
  readonly limitTokens: number;
}

const configSchema = z.object({
  model_type: z.string(),
  id2label: z.record(z.string(), z.string()),
  max_position_embeddings: z.int().positive(),
  pad_token_id: z.int().nonnegative().nullish(),
  problem_type: z.string().nullish(),
});
const partSchema = z.looseObject({ type: z.string() }).nullish();
const tokenizerSchema = z.looseObject({
  model: z.looseObject({}),
  normalizer: partSchema,
  pre_tokenizer: partSchema,
});
const settingsSchema = z.looseObject({ model_max_length: z.number().positive().nullish() });

// These number their positions from pad_token_id + 1, so that many positions hold no token.
const OFFSET_POSITIONS = new Set([
  "roberta",
  "roberta-prelayernorm",
  "xlm-roberta",
  "xlm-roberta-xl",
  "camembert",
  "mpnet",
  "data2vec-text",
]);

/**
 * Reads config.json, tokenizer.json and tokenizer_config.json of a model directory.
 * @throws WorkerError `model_file_missing` or `model_unsupported`, with the path and the remedy.
 */
export async function readModelSource(
  directory: string,
  dtype: Dtype,
  labelOverrides: Readonly<Record<string, string>>,
): Promise<ModelSource> {
  const [config, { settings }] = await Promise.all([
    readJson(join(directory, "config.json"), configSchema),
    readTokenizerFiles(directory),
  ]);
  if (config.problem_type != null && config.problem_type !== "single_label_classification") {
    throw new WorkerError(
      "model_unsupported",
      `${join(directory, "config.json")}: problem_type is "${config.problem_type}"; only single_label_classification is served`,
    );
  }
  return {
    directory,
    modelName: basename(directory),
    modelType: config.model_type,
    dtype,
    graphPath: join(directory, GRAPH_FILES[dtype]),
    labels: readLabels(config.id2label, labelOverrides),
    limitTokens: limitTokens(config, settings.model_max_length),
  };
}

export interface TokenizerFiles {
  /** tokenizer.json */
  readonly definition: TokenizerDefinition;
  /** tokenizer_config.json */
  readonly settings: z.infer<typeof settingsSchema>;
}

/** @throws WorkerError as `readModelSource`. */
export async function readTokenizerFiles(directory: string): Promise<TokenizerFiles> {
  const [definition, settings] = await Promise.all([
    readJson(join(directory, "tokenizer.json"), tokenizerSchema),
    readJson(join(directory, "tokenizer_config.json"), settingsSchema),
  ]);
  return { definition, settings };
}

function limitTokens(
  config: z.infer<typeof configSchema>,
  modelMaxLength: number | null | undefined,
): number {
  const offset = OFFSET_POSITIONS.has(config.model_type) ? (config.pad_token_id ?? 1) + 1 : 0;
  // Hugging Face writes 1e30 for "no limit of the tokenizer's own"; the minimum copes with that.
  return Math.min(config.max_position_embeddings - offset, modelMaxLength ?? Number.POSITIVE_INFINITY);
}

/** First 12 hex digits of the SHA-256 of the graph file: names the weights that really answer. */
export async function readRevision(graphPath: string): Promise<string> {
  const hash = createHash("sha256");
  try {
    await pipeline(createReadStream(graphPath), hash);
  } catch (cause) {
    throw unreadable(graphPath, cause);
  }
  return hash.digest("hex").slice(0, 12);
}

async function readJson<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.infer<Schema>> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw unreadable(path, cause);
  }
  try {
    return schema.parse(JSON.parse(text), { error: wording('{"0": "NEGATIVE", "1": "POSITIVE"}') });
  } catch (cause) {
    const reason = cause instanceof z.ZodError ? cause.issues.map(describe).join("; ") : String(cause);
    throw new WorkerError("model_unsupported", `${path} is not a model file we can use: ${reason}`, {
      cause,
    });
  }
}

function describe({ path, message }: z.core.$ZodIssue): string {
  return path.length === 0 ? message : `${path.join(".")}: ${message}`;
}

function unreadable(path: string, cause: unknown): WorkerError {
  const reason = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
  return new WorkerError(
    "model_file_missing",
    `cannot read the model file ${path} (${reason}); set model to a directory in the transformers.js layout ` +
      "(config.json, tokenizer.json, tokenizer_config.json, onnx/) and dtype to a file it has",
    { cause },
  );
}
