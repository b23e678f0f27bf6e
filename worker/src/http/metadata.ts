import type { ModelSource } from "../model/source.ts";
import type { WorkerOptions } from "../options.ts";
import { WORKER_VERSION } from "../version.ts";

/** The answer of `GET /metadata`. Names the model, so the proxy never lets it through. */
export function describeWorker(
  options: WorkerOptions,
  source: ModelSource,
  found: { readonly revision: string; readonly runtime: string; readonly node: string | undefined },
): object {
  return {
    name: options.name,
    model: {
      name: source.modelName,
      type: source.modelType,
      revision: found.revision,
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
    versions: { blindsplit: WORKER_VERSION, node: found.node, runtime: found.runtime },
  };
}
