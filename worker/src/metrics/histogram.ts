import type { Registry } from "prom-client";
import { type Labels, type Named, publish, type Sample } from "./series.ts";

/** One histogram with one set of labels: counts per bucket, and the sum of what was observed. */
export interface Histogram {
  observe(value: number): void;
}

/** @param bounds upper bounds of the buckets, ascending, without +Inf. */
export function histogram(
  registry: Registry,
  metric: Named,
  labels: Labels,
  bounds: readonly number[],
): Histogram {
  const limits = Float64Array.from(bounds);
  // Not cumulated: an observation is one addition; the scrape adds them up.
  const counts = new Float64Array(limits.length + 1);
  let sum = 0;
  const sums = { metricName: `${metric.name}_sum`, labels: {}, sharedLabels: labels };
  const totals = { metricName: `${metric.name}_count`, labels: {}, sharedLabels: labels };
  const buckets = [...bounds.map(String), "+Inf"].map((le) => ({
    metricName: `${metric.name}_bucket`,
    labels: { le },
    sharedLabels: labels,
  }));
  publish(registry, "histogram", metric, () => {
    let cumulated = 0;
    const samples: Sample[] = buckets.map((bucket, at) => {
      cumulated += counts[at] ?? 0;
      return { ...bucket, value: cumulated };
    });
    samples.push({ ...sums, value: sum }, { ...totals, value: cumulated });
    return samples;
  });
  return {
    observe(value) {
      let low = 0;
      let high = limits.length;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (value <= (limits[middle] as number)) high = middle;
        else low = middle + 1;
      }
      counts[low] = (counts[low] as number) + 1;
      sum += value;
    },
  };
}
