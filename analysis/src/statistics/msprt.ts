import { logNormalCdf } from "./distributions.ts";

/**
 * ln L of the mixture sequential probability ratio test of no difference, the alternatives mixed by N(0, tau²)
 * (Johari, Koomen, Pekelis, Walsh: "Peeking at A/B Tests", KDD 2017, equation 11).
 *
 * A variance that is not above 0 (nothing has varied yet) is no evidence: 0.
 * @param difference treatment less control
 * @param variance of the difference
 * @param tau scale of the differences expected, in the unit of the difference
 */
export function logLikelihoodRatio(difference: number, variance: number, tau: number): number {
  if (!isKnown(difference, variance)) return 0;
  const mixed = variance + tau * tau;
  return 0.5 * Math.log(variance / mixed) + (tau * tau * difference * difference) / (2 * variance * mixed);
}

/**
 * ln L against differences above 0 alone, the alternatives mixed by the upper half of N(0, tau²): 2·L·Φ(z) with
 * z = d·tau / √(v(v + tau²)) (Howard, Ramdas, McAuliffe, Sekhon: "Time-uniform, nonparametric, nonasymptotic confidence
 * sequences", Annals of Statistics 49(2), 2021, one-sided normal mixture, with ρ = 1/tau² and V = 1/v).
 */
export function oneSidedLogLikelihoodRatio(difference: number, variance: number, tau: number): number {
  if (!isKnown(difference, variance)) return 0;
  const z = (difference * tau) / Math.sqrt(variance * (variance + tau * tau));
  return Math.LN2 + logLikelihoodRatio(difference, variance, tau) + logNormalCdf(z);
}

/** Holds at every look, by Ville's inequality; the least of all looks so far may be reported. */
export function alwaysValidP(logLikelihoodRatio: number): number {
  return Math.min(1, Math.exp(-logLikelihoodRatio));
}

function isKnown(difference: number, variance: number): boolean {
  return variance > 0 && Number.isFinite(variance) && Number.isFinite(difference);
}
