import * as z from "zod";
import type { WorkerInfo } from "../metrics/record.ts";
import type { GraphFile } from "../model/model-file.ts";
import type { ModelSource } from "../model/source.ts";
import type { WorkerOptions } from "../options.ts";
import { INPUT_KINDS, OVERLONG_RULES, TASKS } from "../settings.ts";
import { TOKENIZERS_VERSION, WORKER_VERSION } from "../version.ts";

const count = z.int().nonnegative();
const seconds = z.number().nonnegative();

/** The answer of `GET /metadata`. It names the model, so the proxy never lets it through. */
export const metadataSchema = z.strictObject({
  name: z.string().describe("name of the variant; the metric label model_version"),
  model: z.strictObject({
    name: z.string().describe("the model directory's name, or the id on the hub"),
    type: z.string().describe("model_type of its config.json"),
    hub: z
      .strictObject({
        id: z.string(),
        revision: z.string().describe("as configured: a branch, tag or commit"),
        commit: z.string(),
      })
      .nullable()
      .describe("where it was downloaded from; null for a directory"),
    revision: z.string().describe("first 12 hex digits of sha256, as in the metric model_info"),
    sha256: z.string().describe("SHA-256 of the graph file"),
    file_bytes: count.describe("size of the graph file"),
    dtype: z.string(),
    task: z.enum(TASKS),
    input: z.enum(INPUT_KINDS),
    provider: z.string().describe("execution provider of onnxruntime"),
    labels: z.array(z.string()).describe("what it answers, in its own order; empty for a regression"),
    raw_labels: z.array(z.string()).describe("the same in the model's own words"),
    max_tokens: count
      .nullable()
      .describe(
        "longest sequence it reads, special tokens included; null where the graph takes the text itself",
      ),
    overlong: z.enum(OVERLONG_RULES).describe("what becomes of a longer text"),
    has_baseline: z.boolean().describe("whether reference figures are among its metrics"),
  }),
  limits: z.strictObject({
    max_queue: count.describe("texts that may wait"),
    max_queue_tokens: count.describe("tokens that may wait"),
    max_texts: count.describe("texts in one request"),
    max_input_chars: count.describe("characters in one text"),
    max_body_bytes: count,
    request_timeout_seconds: seconds.describe("longest wait of a text"),
  }),
  batch: z.strictObject({
    max_size: count.describe("texts in one run"),
    max_tokens: count.describe("tokens in one run of several texts, padding included"),
    max_delay_seconds: seconds,
  }),
  answer_cache: count.describe("answers kept; 0: none"),
  threads: count.describe("threads of one model run"),
  versions: z.strictObject({
    blindsplit: z.string(),
    node: z.string().nullable(),
    runtime: z.string().describe("what runs the graph"),
    tokenizers: z.string(),
  }),
});
export type Metadata = z.infer<typeof metadataSchema>;

/** What is known once the model is loaded. */
export interface LoadedModel {
  readonly source: ModelSource;
  readonly graph: GraphFile;
  /** What the hub's revision stood for; undefined for a directory. */
  readonly commit: string | undefined;
  readonly hasBaseline: boolean;
  /** Such as `onnxruntime-node 1.30.0`. */
  readonly runtime: string;
}

/** First 12 hex digits: names the weights that really answer. */
function shortRevision(graphSha256: string): string {
  return graphSha256.slice(0, 12);
}

/** What `sentiment_worker_info` says. */
export function describeSettings(options: WorkerOptions): WorkerInfo {
  const { batch } = options;
  return {
    threads: String(options.threads),
    max_batch_size: String(batch.maxTexts),
    max_batch_tokens: String(batch.maxTokens),
    max_batch_delay_seconds: String(batch.maxDelayMs / 1000),
    max_queue: String(options.maxQueue),
    max_queue_tokens: String(options.maxQueueTokens),
    answer_cache: String(options.answerCache),
    dtype: options.dtype,
    provider: options.provider,
  };
}

export function describeWorker(
  options: WorkerOptions,
  loaded: LoadedModel,
  nodeVersion: string | undefined,
): Metadata {
  const { source, commit } = loaded;
  const { model, batch } = options;
  return {
    name: options.name,
    model: {
      name: source.modelName,
      type: source.modelType,
      hub:
        model.kind === "hub" && commit !== undefined
          ? { id: model.id, revision: model.revision, commit }
          : null,
      revision: shortRevision(loaded.graph.sha256),
      sha256: loaded.graph.sha256,
      file_bytes: loaded.graph.bytes,
      dtype: source.dtype,
      task: source.task,
      input: source.input,
      provider: options.provider,
      labels: [...source.labels.canonical],
      raw_labels: [...source.labels.raw],
      max_tokens: source.limitTokens ?? null,
      overlong: options.overlong,
      has_baseline: loaded.hasBaseline,
    },
    limits: {
      max_queue: options.maxQueue,
      max_queue_tokens: options.maxQueueTokens,
      max_texts: Math.min(options.maxTexts, options.maxQueue),
      max_input_chars: options.maxInputChars,
      max_body_bytes: options.maxBodyBytes,
      request_timeout_seconds: options.requestTimeoutMs / 1000,
    },
    batch: {
      max_size: batch.maxTexts,
      max_tokens: batch.maxTokens,
      max_delay_seconds: batch.maxDelayMs / 1000,
    },
    answer_cache: options.answerCache,
    threads: options.threads,
    versions: {
      blindsplit: WORKER_VERSION,
      node: nodeVersion ?? null,
      runtime: loaded.runtime,
      tokenizers: TOKENIZERS_VERSION,
    },
  };
}
