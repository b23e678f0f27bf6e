/**
 * Nearest-rank percentile: the smallest value that at least `share` of all values do not exceed. It is always a value
 * that was measured, never one interpolated between two. `sorted` ascending, `share` in (0, 1].
 */
export function nearestRank(sorted: readonly number[], share: number): number | null {
  // Binary fractions: 0.29 * 100 is 28.999…, 0.07 * 100 is 7.000…01, which would move the rank by one.
  const rank = Math.ceil(Number((share * sorted.length).toPrecision(12)));
  return sorted[Math.max(1, rank) - 1] ?? null;
}

/** All times in seconds. */
export interface Latency {
  readonly count: number;
  readonly mean: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export function summarizeLatency(seconds: readonly number[]): Latency | null {
  const sorted = [...seconds].sort((a, b) => a - b);
  const p50 = nearestRank(sorted, 0.5);
  const p99 = nearestRank(sorted, 0.99);
  const max = sorted.at(-1);
  if (p50 === null || p99 === null || max === undefined) return null;
  const mean = sorted.reduce((sum, value) => sum + value, 0) / sorted.length;
  return { count: sorted.length, mean, p50, p99, max };
}
