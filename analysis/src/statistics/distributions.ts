import { chdtrc, chdtri, compiled, incbet, incbi, lgam, ndtr, ndtri } from "cephes";
import { findRoot } from "./root.ts";

// Everything below is called synchronously, from pure code.
await compiled;

/** Deviations below which cephes' own value would soon be 0. */
const FAR = -20;
/** And above which it is 1 to the last bit. */
const NEAR_ONE = 9;
/** ln of the smallest numbers. */
const LEAST_LOG = -700;
/** No quantile is told apart beyond. */
const FARTHEST = 1e150;

/*
 * cephes (Moshier), the library that SciPy's distributions came from, compiled to WebAssembly. distributions.test.ts holds it
 * to SciPy within 1e-9, tails included. Degrees of freedom may be fractions (Welch), which its own stdtr does not take: Student's
 * and Snedecor's distributions are computed from the incomplete beta function (Abramowitz & Stegun 26.5.27 and 26.5.28).
 */

/** P(Z ≤ z) of the standard normal distribution. */
export function normalCdf(z: number): number {
  if (z > NEAR_ONE) return 1;
  return z > FAR ? ndtr(z) : Math.exp(logNormalCdf(z));
}

/** ln P(Z ≤ z), also where the probability itself is too small for a number (asymptotic series: Abramowitz & Stegun 26.2.12). */
export function logNormalCdf(z: number): number {
  if (z > FAR) return Math.log(normalCdf(z));
  if (z === -Infinity) return z;
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

/** P(X > x) of the chi-square distribution; `df` at least 1 and finite, else NaN. */
export function chiSquareSurvival(x: number, df: number): number {
  if (Number.isNaN(x) || !(df >= 1 && Number.isFinite(df))) return Number.NaN;
  if (x <= 0) return 1;
  // Where the density is too small for a number, cephes throws.
  const logDensity = (df / 2) * Math.log(x / 2) - x / 2 - lgam(df / 2);
  if (!(logDensity > LEAST_LOG)) return x > df ? 0 : 1;
  return chdtrc(df, x);
}

/**
 * The x with P(X ≤ x) = p; `df` at least 1 and finite, else NaN.
 * @throws RangeError for p below 1e-9 other than 0: the lower tail has no digits left there
 */
export function chiSquareQuantile(p: number, df: number): number {
  requireProbability(p);
  // cephes would search for ever where there are endlessly many.
  if (!(df >= 1 && Number.isFinite(df))) return Number.NaN;
  if (p === 0) return 0;
  if (p === 1) return Infinity;
  if (p < 1e-9) throw new RangeError(`chi-square quantile of ${p}: give a probability from 1e-9 to 1`);
  return chdtri(df, 1 - p);
}

/** P(T > t) of Student's distribution; `df` may be a fraction, or Infinity for the normal distribution. NaN without any. */
export function studentSurvival(t: number, df: number): number {
  if (Number.isNaN(t) || !(df > 0)) return Number.NaN;
  if (df === Infinity) return normalCdf(-t);
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
  if (!(df > 0)) return Number.NaN;
  if (p === 0.5 || df === Infinity || !Number.isFinite(z)) return z;
  const tail = Math.min(p, 1 - p);
  const excess = (t: number) => Math.log(tail) - Math.log(studentSurvival(t, df));
  // Student's tails are the heavier ones.
  let beyond = Math.abs(z);
  while (excess(beyond) < 0 && beyond < FARTHEST) beyond *= 1.2;
  if (beyond >= FARTHEST) return p < 0.5 ? -Infinity : Infinity;
  const t = findRoot(excess, 0, beyond);
  return p < 0.5 ? -t : t;
}

/** The x with P(F ≤ x) = p of Snedecor's distribution with d1 and d2 degrees of freedom, both finite; NaN without them. */
export function fQuantile(p: number, d1: number, d2: number): number {
  requireProbability(p);
  if (!(d1 > 0 && d2 > 0 && Number.isFinite(d1) && Number.isFinite(d2))) return Number.NaN;
  if (p === 0) return 0;
  if (p === 1) return Infinity;
  if (p < 0.5) {
    const x = incbi(d1 / 2, d2 / 2, p);
    return (d2 * x) / (d1 * (1 - x));
  }
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

/** @throws RangeError outside 0..1 */
function requireProbability(p: number): void {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`${p} is not a probability: give a number from 0 to 1`);
}
