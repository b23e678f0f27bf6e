/**
 * Variance of a sum of cluster scores, each the cluster's part of the estimate: K/(K − 1) · Σ(s − mean)²
 * (linearisation of a ratio over randomised clusters: Deng, Knoblich, Lu, KDD 2018; scores of an estimate sum to 0).
 * NaN for fewer than two clusters. Compare the estimate with Student's t of K − 1 degrees of freedom at a fixed look.
 */
export function clusteredVariance(scores: readonly number[]): number {
  const { length } = scores;
  if (length < 2) return Number.NaN;
  const mean = scores.reduce((total, score) => total + score, 0) / length;
  const squares = scores.reduce((total, score) => total + (score - mean) ** 2, 0);
  return (length / (length - 1)) * squares;
}

/**
 * Scores of a ratio Σy/Σn: (y − p·n)/N for each cluster. Of a difference of two ratios, subtract cluster by cluster:
 * what the two share within a cluster then cancels.
 */
export function ratioScores(numerators: readonly number[], denominators: readonly number[]): number[] {
  const total = denominators.reduce((sum, value) => sum + value, 0);
  if (!(total > 0)) return numerators.map(() => 0);
  const ratio = numerators.reduce((sum, value) => sum + value, 0) / total;
  return numerators.map((numerator, cluster) => (numerator - ratio * (denominators[cluster] ?? 0)) / total);
}
