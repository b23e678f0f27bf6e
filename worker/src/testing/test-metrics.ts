import { createMetrics, type Metrics, type MetricsParts } from "../metrics/record.ts";

/** Metrics of a worker whose readings never change. */
export function testMetrics(changes: Partial<MetricsParts> = {}): Metrics {
  return createMetrics({
    name: "a",
    task: "text-classification",
    input: "tokens",
    labels: ["negative", "positive"],
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
      cpuSeconds: () => 7,
      startTimeSeconds: 9,
    },
    ...changes,
  });
}
