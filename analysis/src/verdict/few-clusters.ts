import { studentQuantile } from "../statistics/distributions.ts";

/** Where the bounds of sequential tests lie: P(Z > 3). */
const Z = 3;
const TAIL = 0.0013498980316301;

/**
 * By how much a variance that was estimated from few clusters is made larger, so that a bound of the normal distribution at
 * three standard errors becomes one of Student's: (t/z)² at the same tail. Sequential tests assume that the variance is known.
 */
export function inflationOf(degreesOfFreedom: number): number {
  if (!(degreesOfFreedom >= 1)) return Number.POSITIVE_INFINITY;
  return (studentQuantile(1 - TAIL, degreesOfFreedom) / Z) ** 2;
}

/**
 * Degrees of freedom of a sum of squared scores: 3·(Σs²)² / Σs⁴, which is their number where they are normal, and fewer
 * where some are far larger than others (Satterthwaite, Biometrics Bulletin 2, 1946: 2·E(V)²/Var(V), its moments those of
 * the scores).
 */
export function degreesOfFreedom(scores: readonly number[]): number {
  let [squares, fourths] = [0, 0];
  for (const score of scores) {
    const square = score * score;
    squares += square;
    fourths += square * square;
  }
  return fourths > 0 ? Math.min(scores.length, (3 * squares * squares) / fourths) - 1 : 0;
}
