import { createMetrics, type Metrics, type MetricsParts } from "../metrics/record.ts";

/** Metrics of a worker whose readings never change. */
export function testMetrics(changes: Partial<MetricsParts> = {}): Metrics {
  return createMetrics({
    name: "a",
    task: "text-classification",
    input: "tokens",
    labels: ["negative", "positive"],
    info: {
      threads: "1",
      max_batch_size: "8",
      max_batch_tokens: "512",
      max_batch_delay_seconds: "0",
      max_queue: "256",
      max_queue_tokens: "4096",
      answer_cache: "0",
      dtype: "quantized",
      provider: "cpu",
    },
    queueLimit: 256,
    queueLimitTokens: 4096,
    latencyBudgetSeconds: 0.05,
    queueDepth: () => 3,
    queueDepthTokens: () => 70,
    isReady: () => true,
    eventLoopLagSeconds: () => 0.5,
    process: {
      residentBytes: () => 1000,
      memoryLimitBytes: () => 2000,
      cpuLimit: () => 1.5,
      cpuSeconds: () => 7,
      startTimeSeconds: 9,
    },
    ...changes,
  });
}
