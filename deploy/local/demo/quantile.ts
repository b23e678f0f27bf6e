/** One cumulative bucket of a Prometheus histogram. */
export interface Bucket {
  /** `le`, `Infinity` for the last. */
  readonly upperBound: number;
  readonly count: number;
}

/**
 * Prometheus' `histogram_quantile` for classic buckets: linear within the bucket that holds the rank, the highest
 * finite bound where that is the last bucket. `q` from 0 to 1, bounds above 0. NaN without observations or without a `+Inf` bucket.
 * Pinned to promtool 2.42; prometheus/promql/quantile.go, bucketQuantile.
 */
export function histogramQuantile(q: number, buckets: readonly Bucket[]): number {
  const sorted = rising(buckets);
  const last = sorted.at(-1);
  if (last?.upperBound !== Number.POSITIVE_INFINITY || last.count === 0) return Number.NaN;
  const rank = q * last.count;
  const index = sorted.findIndex((bucket) => bucket.count >= rank);
  const bucket = sorted[index] ?? last;
  const below = sorted[index - 1];
  if (bucket === last) return below?.upperBound ?? Number.NaN;
  const start = below?.upperBound ?? 0;
  const within = (rank - (below?.count ?? 0)) / (bucket.count - (below?.count ?? 0));
  return start + (bucket.upperBound - start) * within;
}

/** By bound, equal bounds added up, and never falling: a scrape during an observation may be off by one. */
function rising(buckets: readonly Bucket[]): Bucket[] {
  const counts = new Map<number, number>();
  for (const { upperBound, count } of buckets) counts.set(upperBound, (counts.get(upperBound) ?? 0) + count);
  let highest = 0;
  return [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([upperBound, count]) => {
      highest = Math.max(highest, count);
      return { upperBound, count: highest };
    });
}
