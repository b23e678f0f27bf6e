import { version as nodeVersion } from "node:process";
import type { ThreadFacts } from "../inference/protocol.ts";
import type { WorkerOptions } from "../options.ts";
import { WORKER_VERSION } from "../version.ts";
import type { ModelSource } from "./source.ts";

/** The answer of `GET /metadata`. Names the model, so the proxy never lets it through. */
export function describeWorker(
  options: WorkerOptions,
  source: ModelSource,
  revision: string,
  facts: ThreadFacts,
): object {
  return {
    name: options.name,
    model: {
      name: source.modelName,
      type: source.modelType,
      revision,
      dtype: source.dtype,
      labels: source.labels.canonical,
      raw_labels: source.labels.raw,
      max_tokens: source.limitTokens,
    },
    limits: {
      threads: options.threads,
      max_queue: options.maxQueue,
      max_texts: Math.min(options.maxTexts, options.maxQueue),
      max_input_chars: options.maxInputChars,
      max_body_bytes: options.maxBodyBytes,
    },
    versions: { blindsplit: WORKER_VERSION, node: nodeVersion, runtime: facts.runtime },
  };
}
