import { chdtrc, chdtri, compiled, incbet, incbi, lgam, ndtr, ndtri } from "cephes";

// Everything below is called synchronously, from pure code.
await compiled;

/*
 * cephes (Moshier), the library that SciPy's distributions came from, compiled to WebAssembly. distributions.test.ts holds it
 * to SciPy within 1e-9, tails included. Degrees of freedom may be fractions (Welch), which its own stdtr does not take: Student's
 * and Snedecor's distributions are computed from the incomplete beta function (Abramowitz & Stegun 26.5.27 and 26.5.28).
 */

/** P(Z ≤ z) of the standard normal distribution. */
export function normalCdf(z: number): number {
  return ndtr(z);
}

/** The z with P(Z ≤ z) = p; ±Infinity at 1 and 0. */
export function normalQuantile(p: number): number {
  requireProbability(p);
  if (p === 0) return -Infinity;
  if (p === 1) return Infinity;
  return ndtri(p);
}

/** P(X > x) of the chi-square distribution. */
export function chiSquareSurvival(x: number, df: number): number {
  return x <= 0 ? 1 : chdtrc(df, x);
}

/** The x with P(X ≤ x) = p. */
export function chiSquareQuantile(p: number, df: number): number {
  requireProbability(p);
  if (p === 0) return 0;
  if (p === 1) return Infinity;
  return chdtri(df, 1 - p);
}

/** P(T > t) of Student's distribution; `df` may be a fraction, or Infinity for the normal distribution. */
export function studentSurvival(t: number, df: number): number {
  if (Number.isNaN(t)) return Number.NaN;
  if (df === Infinity) return ndtr(-t);
  const square = t * t;
  // The smaller argument of the two that give the same, so that nothing cancels.
  const tail =
    square > df
      ? incbet(df / 2, 0.5, df / (df + square)) / 2
      : (1 - incbet(0.5, df / 2, square / (df + square))) / 2;
  return t >= 0 ? tail : 1 - tail;
}

/** The t with P(T ≤ t) = p. */
export function studentQuantile(p: number, df: number): number {
  requireProbability(p);
  if (p === 0.5) return 0;
  if (df === Infinity) return normalQuantile(p);
  const tail = Math.min(p, 1 - p);
  if (tail === 0) return p === 0 ? -Infinity : Infinity;
  const x = incbi(df / 2, 0.5, 2 * tail);
  const t = Math.sqrt((df * (1 - x)) / x);
  return p < 0.5 ? -t : t;
}

/** The x with P(F ≤ x) = p of Snedecor's distribution with d1 and d2 degrees of freedom. */
export function fQuantile(p: number, d1: number, d2: number): number {
  requireProbability(p);
  if (p === 0) return 0;
  if (p === 1) return Infinity;
  const x = incbi(d2 / 2, d1 / 2, 1 - p);
  return (d2 * (1 - x)) / (d1 * x);
}

/** ln B(a, b). */
export function logBeta(a: number, b: number): number {
  return lgam(a) + lgam(b) - lgam(a + b);
}

/** ln Γ(x), x > 0. */
export function logGamma(x: number): number {
  return lgam(x);
}

/** P(X ≤ x) of the beta distribution. */
export function betaCdf(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  return x >= 1 ? 1 : incbet(a, b, x);
}

/** @throws RangeError outside 0..1 */
export function requireProbability(p: number): void {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`${p} is not a probability: give a number from 0 to 1`);
}
