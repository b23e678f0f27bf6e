import type { Wanted } from "./exposition.ts";
import { HISTOGRAM_SUFFIXES } from "./gateway-numbers.ts";
import { type Sample, Scrape, sumBy } from "./scrape.ts";
import type { WorkerNumbers } from "./snapshot.ts";

const PREDICTIONS = "sentiment_requests_total";

/** What is read of a worker's metrics. */
export const WORKER_SAMPLES: Wanted = new Map(
  [
    PREDICTIONS,
    ...HISTOGRAM_SUFFIXES.map((suffix) => `sentiment_inference_seconds${suffix}`),
    "sentiment_batch_sequences_sum",
    "sentiment_batch_sequences_count",
    "sentiment_queue_depth",
    "sentiment_queue_limit",
    "sentiment_inference_busy_seconds_total",
    "sentiment_label_baseline_ratio",
    "sentiment_label_baseline_samples",
    "model_memory_usage_bytes",
    "model_memory_limit_bytes",
    "process_start_time_seconds",
  ].map((name) => [name, undefined]),
);

/**
 * What the service of `variant` says of itself, or why it cannot be used, in words for the operator. A server of
 * several models tells them apart by `model_version`; one that serves a single model may call it as it likes.
 */
export function readWorkerNumbers(
  samples: readonly Sample[],
  variant: string,
): { readonly numbers: WorkerNumbers } | { readonly problem: string } {
  const models = new Set(
    samples.flatMap(({ labels, name }) => (name.startsWith("process_") ? [] : (labels.model_version ?? []))),
  );
  const [only] = models;
  const model = models.has(variant) ? variant : models.size === 1 ? only : undefined;
  if (model === undefined)
    return {
      problem:
        models.size === 0
          ? `Its /metrics has no ${PREDICTIONS}: only what the gateway itself sees of it can be shown.`
          : `Its /metrics tells of ${models.size} models, and none of them is ${variant}.`,
    };
  const scrape = new Scrape(samples);
  const of = { model_version: model };
  return {
    numbers: {
      predictions: readPredictions(scrape.samples(PREDICTIONS, of)),
      inference: scrape.histogram("sentiment_inference_seconds", of),
      queueDepth: scrape.sum("sentiment_queue_depth", of),
      queueLimit: scrape.sum("sentiment_queue_limit", of),
      busySeconds: scrape.sum("sentiment_inference_busy_seconds_total", of),
      batches: scrape.sum("sentiment_batch_sequences_count", of),
      batchedSequences: scrape.sum("sentiment_batch_sequences_sum", of),
      residentBytes: scrape.sum("model_memory_usage_bytes", of),
      memoryLimitBytes: scrape.sum("model_memory_limit_bytes", of),
      startedAtSeconds: scrape.samples("process_start_time_seconds")[0]?.value,
      labelBaseline: Object.fromEntries(
        scrape.sumBy("sentiment_label", "sentiment_label_baseline_ratio", of),
      ),
      baselineSamples: scrape.sum("sentiment_label_baseline_samples", of),
    },
  };
}

function readPredictions(samples: readonly Sample[]): WorkerNumbers["predictions"] {
  const byStatus = [...sumBy("status", samples).keys()].flatMap((status) => {
    const ofStatus = samples.filter(({ labels }) => labels.status === status);
    // Of the many that never came, those of 200 say which labels there are.
    const labels = [...sumBy("sentiment_label", ofStatus)].filter(
      ([label, count]) => count > 0 || (status === "200" && label !== "none"),
    );
    return labels.length === 0 ? [] : [[status, Object.fromEntries(labels)] as const];
  });
  return Object.fromEntries(byStatus);
}
