import { studentQuantile, studentSurvival } from "./distributions.ts";

export interface Sample {
  readonly mean: number;
  readonly variance: number;
  readonly count: number;
}

export interface WelchTest {
  /** Treatment less control, or that as a share of the control. */
  readonly difference: number;
  readonly standardError: number;
  readonly df: number;
  readonly t: number;
  /** Two-sided. */
  readonly pValue: number;
  readonly low: number;
  readonly high: number;
}

/** Means of two samples with variances of their own (Welch, Biometrika 34, 1947), interval at 1 − alpha. */
export function welch(control: Sample, treatment: Sample, alpha: number): WelchTest {
  return test(
    treatment.mean - control.mean,
    treatment.variance / treatment.count + control.variance / control.count,
    freedom(control, treatment),
    alpha,
  );
}

/**
 * The difference as a share of the control's mean, its variance by the delta method: v_t/(n_t·m_c²) + v_c·m_t²/(n_c·m_c⁴)
 * (Deng, Knoblich, Lu, KDD 2018, 3.1), the degrees of freedom Welch's; as GrowthBook's frequentist test does.
 */
export function welchRelative(control: Sample, treatment: Sample, alpha: number): WelchTest {
  const variance =
    treatment.variance / (treatment.count * control.mean ** 2) +
    (control.variance * treatment.mean ** 2) / (control.count * control.mean ** 4);
  return test(treatment.mean / control.mean - 1, variance, freedom(control, treatment), alpha);
}

function test(difference: number, variance: number, df: number, alpha: number): WelchTest {
  const standardError = Math.sqrt(variance);
  const t = difference / standardError;
  const half = studentQuantile(1 - alpha / 2, df) * standardError;
  return {
    difference,
    standardError,
    df,
    t,
    pValue: 2 * studentSurvival(Math.abs(t), df),
    low: difference - half,
    high: difference + half,
  };
}

function freedom(control: Sample, treatment: Sample): number {
  const before = control.variance / control.count;
  const after = treatment.variance / treatment.count;
  return (before + after) ** 2 / (before ** 2 / (control.count - 1) + after ** 2 / (treatment.count - 1));
}
