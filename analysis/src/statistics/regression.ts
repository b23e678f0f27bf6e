/** Sums over rated answers; errors are prediction less truth. */
export interface RatingSums {
  readonly count: number;
  readonly absoluteError: number;
  readonly squaredError: number;
  readonly truth: number;
  readonly squaredTruth: number;
}

export interface RegressionQuality {
  readonly meanAbsoluteError: number;
  readonly rootMeanSquaredError: number;
  /** 1 − Σ(prediction − truth)²/Σ(truth − mean)², scikit-learn's `r2_score`; null where all truths are equal. */
  readonly r2: number | null;
}

/** Null without data. */
export function measureRegression(sums: RatingSums): RegressionQuality | null {
  const { count } = sums;
  if (!(count > 0)) return null;
  const spread = sums.squaredTruth - sums.truth ** 2 / count;
  return {
    meanAbsoluteError: sums.absoluteError / count,
    rootMeanSquaredError: Math.sqrt(sums.squaredError / count),
    // Below the rounding error of the two sums there is no spread.
    r2: spread > 1e-12 * sums.squaredTruth ? 1 - sums.squaredError / spread : null,
  };
}
