import { CommandError } from "./command-error.ts";
import type { Row } from "./dataset.ts";

/** A text that got a number. */
export interface Estimate {
  readonly actual: number;
  readonly predicted: number;
}

/** Errors are in the unit of the data's numbers. */
export interface RegressionScores {
  readonly texts: number;
  /** Mean of |predicted − actual|. */
  readonly mae: number | null;
  /** Square root of the mean of (predicted − actual)²: large errors weigh more. */
  readonly rmse: number | null;
  /** 1 − Σ(predicted − actual)² / Σ(actual − mean)²: 0 is as good as always saying the mean; null when all are equal. */
  readonly r2: number | null;
  readonly meanActual: number | null;
  readonly meanPredicted: number | null;
}

export function scoreRegression(estimates: readonly Estimate[]): RegressionScores {
  const errors = estimates.map(({ actual, predicted }) => predicted - actual);
  const meanActual = mean(estimates.map(({ actual }) => actual));
  const squaredErrors = mean(errors.map((error) => error ** 2));
  const variance = mean(estimates.map(({ actual }) => (actual - (meanActual ?? 0)) ** 2));
  return {
    texts: estimates.length,
    mae: mean(errors.map(Math.abs)),
    rmse: squaredErrors === null ? null : Math.sqrt(squaredErrors),
    r2: squaredErrors === null || variance === null || variance === 0 ? null : 1 - squaredErrors / variance,
    meanActual,
    meanPredicted: mean(estimates.map(({ predicted }) => predicted)),
  };
}

/** The number before the tab. Throws a `CommandError` that names the line. */
export function numberOf(row: Row, file: string): number {
  const number = row.label === "" ? Number.NaN : Number(row.label);
  if (Number.isFinite(number)) return number;
  throw new CommandError(
    "data_number_malformed",
    `${file}:${row.line} begins with ${JSON.stringify(row.label.slice(0, 40))}, which is no number; the worker's task ` +
      "is text-regression: each line must be number<TAB>text",
  );
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}
