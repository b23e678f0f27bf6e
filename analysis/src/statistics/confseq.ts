import { logBeta } from "./distributions.ts";
import { findRoot } from "./root.ts";

/*
 * Uniform boundaries for a sum s with intrinsic time (variance) v: Howard, Ramdas, McAuliffe, Sekhon, "Time-uniform,
 * nonparametric, nonasymptotic confidence sequences", Annals of Statistics 49(2), 2021; pinned to the authors' library confseq.
 */

/** The rho that makes the two-sided normal mixture's bound lowest at v: v/(−2·ln alpha + ln(1 − 2·ln alpha)). */
export function bestRho(v: number, alpha: number): number {
  const threshold = -2 * Math.log(alpha);
  return v / (threshold + Math.log1p(threshold));
}

/** ln of the two-sided normal mixture; msprt.ts has the same in terms of an estimate and its variance. */
export function normalMixture(s: number, v: number, rho: number): number {
  return 0.5 * Math.log(rho / (v + rho)) + (s * s) / (2 * (v + rho));
}

/** The |s| that the normal mixture reaches with a chance of at most alpha at any time. */
export function normalMixtureBound(v: number, rho: number, alpha: number): number {
  return Math.sqrt((v + rho) * (Math.log1p(v / rho) - 2 * Math.log(alpha)));
}

/** Increments lie between −g and h. */
export interface BetaBinomial {
  readonly g: number;
  readonly h: number;
  readonly rho: number;
}

/** ln of the two-sided beta-binomial mixture. */
export function betaBinomialMixture(s: number, v: number, { g, h, rho }: BetaBinomial): number {
  const r = Math.max(rho - g * h, 1e-3 * g * h);
  const width = g + h;
  return (
    (v / (g * h)) * Math.log(width) -
    ((v + h * s) / (h * width)) * Math.log(g) -
    ((v - g * s) / (g * width)) * Math.log(h) +
    logBeta((r + v - g * s) / (g * width), (r + v + h * s) / (h * width)) -
    logBeta(r / (g * width), r / (h * width))
  );
}

/** The s that the beta-binomial mixture reaches with a chance of at most alpha at any time. */
export function betaBinomialBound(v: number, mixture: BetaBinomial, alpha: number): number {
  // Beyond v/g no sum of such increments can have the variance v.
  const most = v / mixture.g;
  const excess = (s: number) => betaBinomialMixture(s, v, mixture) + Math.log(alpha);
  return excess(most) < 0 ? most : findRoot(excess, 0, most);
}

/**
 * How many standard errors the two-sided asymptotic confidence sequence is half wide after n observations:
 * √n · √( 2(n·r² + 1)/(n²·r²) · ln(√(n·r² + 1)/alpha) ), r² = bestRho-like (−2·ln alpha + ln(1 − 2·ln alpha))/sharpest
 * (Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas, Annals of Statistics 52(6), 2024; GrowthBook takes sharpest = 5000).
 * @param sharpest the n at which it is narrowest
 */
export function asymptoticMultiplier(n: number, alpha: number, sharpest: number): number {
  const square = 1 / bestRho(sharpest, alpha);
  const grown = n * square + 1;
  return Math.sqrt(n) * Math.sqrt(((2 * grown) / (n * n * square)) * Math.log(Math.sqrt(grown) / alpha));
}
