import type { WorkerEvidence } from "../evidence/worker-book.ts";
import type { Cost } from "./verdict.ts";

export function costOf({ variant, replicas, work, residentBytes }: WorkerEvidence): Cost {
  const { predictions, computed, inferences, inferenceSeconds, latencies, cpuSeconds } = work;
  return {
    variant,
    replicas,
    predictions,
    meanLatencySeconds: inferences > 0 ? inferenceSeconds / inferences : null,
    p50LatencySeconds: quantileOf(latencies, 0.5),
    p99LatencySeconds: quantileOf(latencies, 0.99),
    residentBytes: residentBytes ?? null,
    cpuSecondsPerThousand: computed > 0 && cpuSeconds > 0 ? (cpuSeconds / computed) * 1000 : null,
  };
}

/** As Prometheus's histogram_quantile: a straight line within a bucket; above the last bound, that bound. */
function quantileOf(latencies: WorkerEvidence["work"]["latencies"], quantile: number): number | null {
  const total = latencies.reduce((sum, { count }) => sum + count, 0);
  if (!(total > 0)) return null;
  let missing = quantile * total;
  let below = 0;
  for (const { bound, count } of latencies) {
    if (count >= missing && count > 0)
      return Number.isFinite(bound) ? below + (bound - below) * (missing / count) : below;
    missing -= count;
    if (Number.isFinite(bound)) below = bound;
  }
  return below;
}
