import { clusteredVariance } from "./clustered-variance.ts";
import { chiSquareSurvival, logGamma } from "./distributions.ts";

export interface ChiSquareTest {
  readonly statistic: number;
  readonly df: number;
  readonly pValue: number;
}

/**
 * Pearson's test that counts follow the shares; valid at one fixed look where one unit is one count.
 * @param shares in any unit, such as weights
 */
export function chiSquare(observed: readonly number[], shares: readonly number[]): ChiSquareTest {
  const total = sum(observed);
  const whole = sum(shares);
  const statistic = sum(
    observed.map((count, index) => {
      const expected = (total * (shares[index] ?? 0)) / whole;
      if (expected > 0) return (count - expected) ** 2 / expected;
      return count === 0 ? 0 : Infinity;
    }),
  );
  const df = shares.filter((share) => share > 0).length - 1;
  return { statistic, df, pValue: df > 0 ? chiSquareSurvival(statistic, df) : 1 };
}

/**
 * ln L of a treatment's exposures against its weight, for requests that come in clusters and at any look: with D the sum of
 * the deviations and V their clustered variance, ½·ln(rho/(rho + V)) + D²/(2(V + rho)) (two-sided normal mixture,
 * Howard et al. 2021, in confseq's form). Alarm above ln(1/alpha), such as 6.908.
 *
 * Without any spread between the buckets nothing is known: 0.
 * @param deviations observed less expected exposures of each analysis bucket
 * @param rho squared exposures, fixed beforehand; the test is sharpest where V/rho is about 2·ln(1/alpha)
 */
export function sequentialLogLikelihoodRatio(deviations: readonly number[], rho: number): number {
  return deviationLogLikelihoodRatio(sum(deviations), clusteredVariance(deviations), rho);
}

/** The same of the sum of the deviations, with a variance from elsewhere. */
export function deviationLogLikelihoodRatio(deviation: number, variance: number, rho: number): number {
  if (!(variance > 0)) return 0;
  return 0.5 * Math.log(rho / (rho + variance)) + deviation ** 2 / (2 * (variance + rho));
}

/**
 * One look's p of the sequential multinomial test, 1/(Bayes factor), at most 1: Dirichlet(concentration·shares) against the
 * shares themselves (Lindon & Malek, arXiv 2011.03567; GrowthBook takes a concentration of 10,000). The least of all looks
 * is valid at any time where one unit is one count.
 */
export function dirichletPValue(
  counts: readonly number[],
  shares: readonly number[],
  concentration: number,
): number {
  const whole = sum(shares);
  const total = sum(counts);
  const terms = counts.map((count, index) => {
    const share = (shares[index] ?? 0) / whole;
    if (share === 0) return count === 0 ? 0 : Infinity;
    const prior = concentration * share;
    return logGamma(prior + count) - logGamma(prior) - count * Math.log(share);
  });
  const logBayesFactor = sum(terms) + logGamma(concentration) - logGamma(concentration + total);
  return Math.min(1, Math.exp(-logBayesFactor));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
