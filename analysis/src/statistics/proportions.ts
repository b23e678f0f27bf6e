import { normalCdf, normalQuantile } from "./distributions.ts";

export interface Proportion {
  readonly successes: number;
  readonly trials: number;
}

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/**
 * Two proportions, treatment less control, by the pooled z test; valid at one fixed look where one unit is one trial
 * (statsmodels `proportions_ztest`). Not a number without trials or without any variation.
 */
export function pooledZ(
  control: Proportion,
  treatment: Proportion,
): { readonly z: number; readonly pValue: number } {
  const pooled = (control.successes + treatment.successes) / (control.trials + treatment.trials);
  const standardError = Math.sqrt(pooled * (1 - pooled) * (1 / control.trials + 1 / treatment.trials));
  const z = (share(treatment) - share(control)) / standardError;
  return { z, pValue: 2 * normalCdf(-Math.abs(z)) };
}

/**
 * Wilson's score interval (Journal of the American Statistical Association 22, 1927), at 1 − alpha; all of 0..1 without
 * trials.
 */
export function wilson({ successes, trials }: Proportion, alpha: number): Interval {
  if (!(trials > 0)) return { low: 0, high: 1 };
  const square = normalQuantile(1 - alpha / 2) ** 2;
  const middle = (successes + square / 2) / (trials + square);
  const half =
    (Math.sqrt(square) / (trials + square)) *
    Math.sqrt((successes * (trials - successes)) / trials + square / 4);
  return {
    low: successes === 0 ? 0 : Math.max(0, middle - half),
    high: successes === trials ? 1 : Math.min(1, middle + half),
  };
}

/** Interval of treatment less control from the two Wilson intervals (Newcombe, Statistics in Medicine 17, 1998, method 10). */
export function newcombe(control: Proportion, treatment: Proportion, alpha: number): Interval {
  const before = wilson(control, alpha);
  const after = wilson(treatment, alpha);
  const difference = share(treatment) - share(control);
  return {
    low: difference - Math.hypot(share(treatment) - after.low, before.high - share(control)),
    high: difference + Math.hypot(after.high - share(treatment), share(control) - before.low),
  };
}

function share({ successes, trials }: Proportion): number {
  return successes / trials;
}
