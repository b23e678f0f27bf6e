import { join } from "node:path";
import { WorkerError } from "../errors.ts";
import { type ModelSource, readTokenizerFiles } from "../model/source.ts";
import { createTokenizer } from "../model/tokenizer.ts";
import type { WorkerOptions } from "../options.ts";
import { createEncoder, type Encoder, TEXT_ENCODER } from "../tokenize/encoder.ts";
import { LongTexts } from "../tokenize/long-texts.ts";
import { Tokenizing } from "../tokenize/tokenizing.ts";
import { createAnswerCache } from "./answer-cache.ts";
import type { DispatcherParts } from "./dispatcher.ts";
import type { Engine } from "./engine.ts";
import { createEngine } from "./model-engine.ts";
import type { ThreadData } from "./protocol.ts";
import type { EngineRecord } from "./record.ts";
import type { Classifier } from "./request.ts";

/** A usual short text, in tokens. */
const SHORT_TOKENS = 16;

/** What the inference thread is told of a model. */
export function threadDataOf(source: ModelSource, options: WorkerOptions): ThreadData {
  const limit = source.limitTokens ?? 1;
  const { maxTexts, maxTokens } = options.batch;
  const batchTokens = Math.min(limit, Math.max(1, Math.floor(maxTokens / maxTexts)));
  return {
    graphPath: source.graphPath,
    input: source.input,
    threads: options.threads,
    provider: options.provider,
    outputs: source.task === "text-regression" ? 1 : source.labels.canonical.length,
    padId: source.padId,
    // One usual text, a full batch, and one text as long as the model reads.
    warmUp: [
      [1, Math.min(SHORT_TOKENS, limit)],
      [maxTexts, batchTokens],
      [1, limit],
    ],
  };
}

export interface EngineSurroundings {
  readonly runner: DispatcherParts["runner"];
  readonly record: EngineRecord;
  /** Told when the tokenizer's thread died. */
  readonly onTokenizerFailure: (cause: unknown) => void;
}

/** @throws WorkerError `model_file_missing` or `model_unsupported` when the tokenizer's files cannot be used. */
export async function buildEngine(
  source: ModelSource,
  options: WorkerOptions,
  surroundings: EngineSurroundings,
): Promise<{ engine: Engine; tokenizing: Tokenizing }> {
  const tokenizing = await createTokenizing(source, options, surroundings.onTokenizerFailure);
  const engine = createEngine({
    ...surroundings,
    tokenizing,
    classifier: classifierOf(source),
    batch: options.batch,
    limitSequences: options.maxQueue,
    limitTokens: options.maxQueueTokens,
    cache: options.answerCache > 0 ? createAnswerCache(options.answerCache) : undefined,
    timeoutMs: options.requestTimeoutMs,
  });
  return { engine, tokenizing };
}

async function createTokenizing(
  source: ModelSource,
  { overlong }: WorkerOptions,
  onFailure: (cause: unknown) => void,
): Promise<Tokenizing> {
  const { directory, limitTokens } = source;
  if (limitTokens === undefined) return new Tokenizing(TEXT_ENCODER);
  const { definition, settings } = await readTokenizerFiles(directory);
  let encoder: Encoder;
  try {
    encoder = createEncoder(createTokenizer(definition, settings), { limitTokens, overlong });
  } catch (cause) {
    const path = join(directory, "tokenizer.json");
    throw new WorkerError("model_unsupported", `${path} makes no tokenizer: ${String(cause)}`, { cause });
  }
  const data = { modelDirectory: directory, limitTokens, overlong };
  return new Tokenizing(encoder, new LongTexts(data, onFailure));
}

function classifierOf({ task, input, labels }: ModelSource): Classifier {
  if (task === "text-regression") return { kind: "value", labels: [] };
  // What takes texts is an export of a whole pipeline, whose last step answers probabilities.
  return { kind: input === "text" ? "probabilities" : "logits", labels: labels.canonical };
}
