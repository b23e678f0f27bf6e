import { normalCdf, normalQuantile } from "./distributions.ts";
import { findRoot } from "./root.ts";

/** A difference of two proportions that a two-sided test is to find. */
export interface Question {
  /** The control's proportion, 0..1. */
  readonly baseline: number;
  /** The treatment's less the control's; not 0. */
  readonly difference: number;
  readonly alpha: number;
  /** Chance of finding it. */
  readonly power: number;
}

/**
 * Units that the control needs for one look by the pooled z test, the treatment getting `ratio` times as many
 * (Fleiss, Levin, Paik, "Statistical Methods for Rates and Proportions", 3rd edition, 4.14 without continuity correction).
 */
export function planPooled({ baseline, difference, alpha, power }: Question, ratio = 1): number {
  const treated = baseline + difference;
  const pooled = (baseline + ratio * treated) / (1 + ratio);
  const atNone = normalQuantile(1 - alpha / 2) * Math.sqrt(pooled * (1 - pooled) * (1 + 1 / ratio));
  const atDifference = normalQuantile(power) * Math.sqrt(variance(baseline) + variance(treated) / ratio);
  return ((atNone + atDifference) / difference) ** 2;
}

/**
 * Units for each of two equal variants by the arcsine transformation, Cohen's h (Cohen, "Statistical Power Analysis for the
 * Behavioral Sciences", 2nd edition, 6.4), as statsmodels' `NormalIndPower` solves it: a rejection the wrong way round counts too.
 */
export function planArcsine({ baseline, difference, alpha, power }: Question): number {
  const effect = 2 * (Math.asin(Math.sqrt(baseline + difference)) - Math.asin(Math.sqrt(baseline)));
  const bound = normalQuantile(1 - alpha / 2);
  const drift = findRoot(
    (trial) => normalCdf(trial - bound) + normalCdf(-trial - bound) - power,
    0,
    bound + Math.max(0, normalQuantile(power)),
  );
  return 2 * (drift / effect) ** 2;
}

/** Units for each of two equal variants by the rule of thumb for 80 % and 5 %, 16·p(1 − p)/d² (Lehr, Statistics in Medicine 11, 1992). */
export function planRoughly({ baseline, difference }: Pick<Question, "baseline" | "difference">): number {
  return (16 * variance(baseline)) / difference ** 2;
}

/** Units for each of two equal variants as Evan Miller's sample size calculator counts them: no difference is judged by the baseline's variance. */
export function planByBaseline({ baseline, difference, alpha, power }: Question): number {
  const atNone = normalQuantile(1 - alpha / 2) * Math.sqrt(2 * variance(baseline));
  const atDifference =
    normalQuantile(power) * Math.sqrt(variance(baseline) + variance(baseline + difference));
  return ((atNone + atDifference) / difference) ** 2;
}

/**
 * How many times as many requests are needed where each user makes several that resemble each other: 1 + (m − 1)·rho
 * (Kish, "Survey Sampling", 1965).
 * @param requestsPerUser mean over the experiment, at least 1
 * @param correlation within users, 0..1
 */
export function designEffect(requestsPerUser: number, correlation: number): number {
  return 1 + (requestsPerUser - 1) * correlation;
}

function variance(proportion: number): number {
  return proportion * (1 - proportion);
}
