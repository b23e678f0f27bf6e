import { basename, join } from "node:path";
import * as z from "zod";
import { WorkerError } from "../errors.ts";
import type { InputKind, Task } from "../settings.ts";
import { type Labels, readLabels } from "./labels.ts";
import { readJson } from "./model-file.ts";
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
  /** The directory's own name, such as `distilbert-mini-sst2`, or the hub's id. */
  readonly modelName: string;
  readonly modelType: string;
  readonly dtype: Dtype;
  readonly task: Task;
  readonly input: InputKind;
  readonly graphPath: string;
  /** Empty for a regression. */
  readonly labels: Labels;
  /** Longest sequence the model reads, in tokens, special tokens included; undefined where the graph takes the text itself. */
  readonly limitTokens: number | undefined;
  /** The token that fills shorter texts of a batch. */
  readonly padId: number;
}

/** What the options say of a model. */
export interface ModelChoice {
  readonly dtype: Dtype;
  readonly task: Task;
  readonly input: InputKind;
  /** Raw label → canonical label. */
  readonly labels: Readonly<Record<string, string>>;
  /** Most tokens of a text that it is given. */
  readonly maxTokens: number;
}

const configSchema = z.object({
  model_type: z.string(),
  id2label: z.record(z.string(), z.string()).optional(),
  max_position_embeddings: z.int().positive().optional(),
  // The older name, of GPT-2, XLNet and their kin.
  n_positions: z.int().positive().optional(),
  pad_token_id: z.int().nonnegative().nullish(),
  problem_type: z.string().nullish(),
});
type ModelConfig = z.infer<typeof configSchema>;
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
  "longformer",
  "ibert",
  "xmod",
  "luke",
  "mluke",
  "esm",
  "markuplm",
]);

/**
 * Reads config.json of a model directory, and tokenizer.json and tokenizer_config.json where the graph takes tokens.
 * @param modelName how the model is called, if not after its directory.
 * @throws WorkerError `model_file_missing` or `model_unsupported`, with the path and the remedy.
 */
export async function readModelSource(
  directory: string,
  choice: ModelChoice,
  modelName = basename(directory),
): Promise<ModelSource> {
  const { dtype, task, input } = choice;
  const path = join(directory, "config.json");
  const [config, tokenizer] = await Promise.all([
    readJson(path, configSchema),
    input === "tokens" ? readTokenizerFiles(directory) : undefined,
  ]);
  checkTask(path, config, task);
  return {
    directory,
    modelName,
    modelType: config.model_type,
    dtype,
    task,
    input,
    graphPath: join(directory, GRAPH_FILES[dtype]),
    labels: labelsOf(path, config, choice),
    limitTokens:
      tokenizer && Math.min(choice.maxTokens, limitTokens(path, config, tokenizer.settings.model_max_length)),
    padId: config.pad_token_id ?? 0,
  };
}

const NO_LABELS: Labels = { canonical: [], raw: [] };
const NO_LIMIT = 1e9;
const CLASSIFICATION = "single_label_classification";

/** What transformers leaves out of config.json, because it is its default. */
const DEFAULT_LABELS = { "0": "LABEL_0", "1": "LABEL_1" };

function checkTask(
  path: string,
  { problem_type: type, id2label = DEFAULT_LABELS }: ModelConfig,
  task: Task,
): void {
  const count = Object.keys(id2label).length;
  const isRegression = type === "regression" || (type == null && count === 1);
  const isClassification = !isRegression && (type == null || type === CLASSIFICATION);
  if (task === "text-regression" ? isRegression : isClassification) return;
  const found = type == null ? `id2label has ${count} label(s)` : `problem_type is "${type}"`;
  const remedy = isRegression
    ? "set task: text-regression"
    : `set task: text-classification, for which problem_type must be ${CLASSIFICATION}`;
  throw new WorkerError("model_unsupported", `${path}: ${found}, and task is ${task}; ${remedy}`);
}

function labelsOf(path: string, { id2label = DEFAULT_LABELS }: ModelConfig, choice: ModelChoice): Labels {
  if (choice.task === "text-classification") return readLabels(id2label, choice.labels);
  if (Object.keys(choice.labels).length === 0) return NO_LABELS;
  throw new WorkerError(
    "model_unsupported",
    `${path}: a regression has no labels; remove the setting labels`,
  );
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

function limitTokens(path: string, config: ModelConfig, modelMaxLength: number | null | undefined): number {
  const limit = modelMaxLength ?? Number.POSITIVE_INFINITY;
  const positions = config.max_position_embeddings ?? config.n_positions;
  // Hugging Face writes 1e30 for "no limit of the tokenizer's own".
  if (positions === undefined && limit < NO_LIMIT) return limit;
  if (positions === undefined) {
    throw new WorkerError(
      "model_unsupported",
      `${path}: max_position_embeddings is missing; add it, or set input: text`,
    );
  }
  const offset = OFFSET_POSITIONS.has(config.model_type) ? (config.pad_token_id ?? 1) + 1 : 0;
  return Math.min(positions - offset, limit);
}
