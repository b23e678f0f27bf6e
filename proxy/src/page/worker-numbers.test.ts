import assert from "node:assert/strict";
import { test } from "node:test";
import { ExpositionReader } from "./exposition.ts";
import { readWorkerNumbers, WORKER_SAMPLES } from "./worker-numbers.ts";

function read(lines: readonly string[], variant: string) {
  const reader = new ExpositionReader(WORKER_SAMPLES);
  reader.push(Buffer.from(lines.join("\n")));
  return readWorkerNumbers(reader.end(), variant);
}

const LINES = (model: string) => [
  `sentiment_requests_total{model_version="${model}",status="200",sentiment_label="positive"} 3`,
  `sentiment_requests_total{model_version="${model}",status="200",sentiment_label="neutral"} 0`,
  `sentiment_requests_total{model_version="${model}",status="429",sentiment_label="none"} 2`,
  `sentiment_requests_total{model_version="${model}",status="500",sentiment_label="none"} 0`,
  `sentiment_inference_seconds_bucket{model_version="${model}",le="0.1"} 1`,
  `sentiment_inference_seconds_bucket{model_version="${model}",le="+Inf"} 3`,
  `sentiment_inference_seconds_sum{model_version="${model}"} 0.6`,
  `sentiment_inference_seconds_count{model_version="${model}"} 3`,
  `sentiment_batch_sequences_sum{model_version="${model}"} 3`,
  `sentiment_batch_sequences_count{model_version="${model}"} 2`,
  `sentiment_queue_depth{model_version="${model}"} 1`,
  `sentiment_queue_limit{model_version="${model}"} 256`,
  `sentiment_inference_busy_seconds_total{model_version="${model}"} 0.5`,
  `sentiment_label_baseline_ratio{model_version="${model}",sentiment_label="positive"} 0.4`,
  `sentiment_label_baseline_samples{model_version="${model}"} 1000`,
  `model_memory_usage_bytes{model_version="${model}"} 1e8`,
  `model_memory_limit_bytes{model_version="${model}"} 2e8`,
  "process_start_time_seconds 1700000000",
];

test("a worker's numbers are read; labels are those that it has, statuses those that came", () => {
  assert.deepEqual(read(LINES("a"), "a"), {
    numbers: {
      predictions: { 200: { positive: 3, neutral: 0 }, 429: { none: 2 } },
      inference: { bounds: [0.1], cumulated: [1, 3], sum: 0.6 },
      queueDepth: 1,
      queueLimit: 256,
      busySeconds: 0.5,
      batches: 2,
      batchedSequences: 3,
      residentBytes: 1e8,
      memoryLimitBytes: 2e8,
      startedAtSeconds: 1_700_000_000,
      labelBaseline: { positive: 0.4 },
      baselineSamples: 1000,
    },
  });
});

test("a server of several models is read for the variant's own; of one it may be called as it likes", () => {
  assert.deepEqual(read([...LINES("b"), ...LINES("a")], "a"), read(LINES("a"), "a"));
  assert.deepEqual(read(LINES("something else"), "a"), read(LINES("a"), "a"));
  const strange = read([...LINES("b"), ...LINES("c")], "a");
  assert.deepEqual(strange, { problem: "Its /metrics tells of 2 models, and none of them is a." });
});

test("a service that says less is shown with that, one that says nothing with the reason", () => {
  const { numbers } = read([LINES("a")[0] ?? ""], "a") as { numbers: object };
  assert.deepEqual(JSON.parse(JSON.stringify(numbers)), {
    predictions: { 200: { positive: 3 } },
    labelBaseline: {},
  });
  assert.match(
    (read(["http_requests_total 1"], "a") as { problem: string }).problem,
    /has no sentiment_requests_total/,
  );
});
