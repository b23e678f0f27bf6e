import { chdtrc, chdtri, compiled, incbet, incbi, lgam, ndtr, ndtri } from "cephes";
import { findRoot } from "./root.ts";

// Everything below is called synchronously, from pure code.
await compiled;

/** Deviations below which cephes' own value would soon be 0. */
const FAR = -20;

/*
 * cephes (Moshier), the library that SciPy's distributions came from, compiled to WebAssembly. distributions.test.ts holds it
 * to SciPy within 1e-9, tails included. Degrees of freedom may be fractions (Welch), which its own stdtr does not take: Student's
 * and Snedecor's distributions are computed from the incomplete beta function (Abramowitz & Stegun 26.5.27 and 26.5.28).
 */

/** P(Z ≤ z) of the standard normal distribution. */
export function normalCdf(z: number): number {
  return z > FAR ? ndtr(z) : Math.exp(logNormalCdf(z));
}

/** ln P(Z ≤ z), also where the probability itself is too small for a number (asymptotic series: Abramowitz & Stegun 26.2.12). */
export function logNormalCdf(z: number): number {
  if (z > FAR) return Math.log(ndtr(z));
  const inverse = 1 / (z * z);
  const series = 1 - inverse * (1 - 3 * inverse * (1 - 5 * inverse * (1 - 7 * inverse * (1 - 9 * inverse))));
  return -z * z * 0.5 - Math.log(-z * Math.sqrt(2 * Math.PI)) + Math.log(series);
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
  if (!Number.isFinite(t)) return t > 0 ? 0 : 1;
  const square = t * t;
  // Of the two forms the one in which nothing cancels.
  const tail =
    square < 1
      ? (1 - incbet(0.5, df / 2, square / (df + square))) / 2
      : incbet(df / 2, 0.5, df / (df + square)) / 2;
  return t >= 0 ? tail : 1 - tail;
}

/** The t with P(T ≤ t) = p: its survival solved, for cephes' inverse has but seven digits in the tails. */
export function studentQuantile(p: number, df: number): number {
  const z = normalQuantile(p);
  if (p === 0.5 || df === Infinity || !Number.isFinite(z)) return z;
  const tail = Math.min(p, 1 - p);
  const excess = (t: number) => Math.log(tail) - Math.log(studentSurvival(t, df));
  // Student's tails are the heavier ones.
  let beyond = Math.abs(z);
  while (excess(beyond) < 0) beyond *= 1.2;
  const t = findRoot(excess, 0, beyond);
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
