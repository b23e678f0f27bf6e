/**
 * Wasserstein-1 distance of two samples: the area between their empirical distribution functions
 * (scipy.stats.wasserstein_distance).
 */
export function wasserstein(first: readonly number[], second: readonly number[]): number {
  const points = [...first, ...second].sort((a, b) => a - b);
  let distance = 0;
  for (const [index, point] of points.entries()) {
    const next = points[index + 1];
    if (next !== undefined)
      distance += Math.abs(reached(first, point) - reached(second, point)) * (next - point);
  }
  return distance;
}

/** Population stability index, Σ(q − p)·ln(q/p), of two distributions over the same categories, none of them 0. */
export function populationStability(reference: readonly number[], current: readonly number[]): number {
  return sumOver(reference, current, (p, q) => (q - p) * Math.log(q / p));
}

/** Kullback-Leibler divergence of the current distribution from the reference, Σ q·ln(q/p), in nats. */
export function kullbackLeibler(reference: readonly number[], current: readonly number[]): number {
  return sumOver(reference, current, (p, q) => (q > 0 ? q * Math.log(q / p) : 0));
}

/** Half the sum of the absolute differences, 0..1. */
export function totalVariation(reference: readonly number[], current: readonly number[]): number {
  return 0.5 * sumOver(reference, current, (p, q) => Math.abs(p - q));
}

function reached(sample: readonly number[], point: number): number {
  return sample.filter((value) => value <= point).length / sample.length;
}

function sumOver(
  reference: readonly number[],
  current: readonly number[],
  term: (p: number, q: number) => number,
): number {
  return reference.reduce((sum, p, index) => sum + term(p, current[index] ?? 0), 0);
}
