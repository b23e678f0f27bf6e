import type { HistogramNumbers } from "../snapshot.ts";

/** A histogram as counters: observations up to each bound, "+Inf" among them, so that those of several processes add up. */
export type Histogram = {
  readonly upTo: Readonly<Record<string, number>>;
  readonly sum: number;
};

export function histogramOf({ bounds, cumulated, sum }: HistogramNumbers): Histogram {
  const upTo = Object.fromEntries(cumulated.map((count, index) => [String(bounds[index] ?? "+Inf"), count]));
  return { upTo, sum };
}

export function countOf(histogram: Histogram | undefined): number {
  return histogram?.upTo["+Inf"] ?? 0;
}

/** Undefined where nothing was observed. */
export function meanOf(histogram: Histogram | undefined): number | undefined {
  const count = countOf(histogram);
  return histogram === undefined || count === 0 ? undefined : histogram.sum / count;
}

/**
 * As PromQL's `histogram_quantile`: within a bucket observations are spread evenly; beyond the last finite bound it is
 * that bound. Undefined where nothing was observed.
 */
export function quantileOf(quantile: number, histogram: Histogram | undefined): number | undefined {
  const count = countOf(histogram);
  if (histogram === undefined || count === 0) return undefined;
  const buckets = Object.entries(histogram.upTo)
    .filter(([bound]) => bound !== "+Inf")
    .map(([bound, upTo]) => ({ bound: Number(bound), upTo }))
    .sort((a, b) => a.bound - b.bound);
  const rank = quantile * count;
  let lower = { bound: 0, upTo: 0 };
  for (const bucket of buckets) {
    if (bucket.upTo >= rank) {
      const within = bucket.upTo - lower.upTo;
      if (within === 0) return bucket.bound;
      return lower.bound + ((bucket.bound - lower.bound) * (rank - lower.upTo)) / within;
    }
    lower = bucket;
  }
  return lower.bound;
}
