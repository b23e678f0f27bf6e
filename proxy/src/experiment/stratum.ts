/**
 * The name of a stretch of constant weights: the effective ones in file order, such as `50/50`. Stretches with the same
 * weights are one stratum, however often they come back.
 */
export function stratumOf(weights: readonly number[]): string {
  return weights.join("/");
}
