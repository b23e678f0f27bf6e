/**
 * Half the width of the confidence sequence that holds 0 exactly as long as the mSPRT (`msprt.ts`) does not reject:
 * √( v(v + tau²)/tau² · (2·ln(1/alpha) + ln((v + tau²)/v)) ), its ln L solved for the difference (Johari et al. 2017;
 * the two-sided normal mixture of Howard et al. 2021 with ρ = 1/tau² and V = 1/v).
 *
 * Infinity where the variance is not above 0: nothing is known yet.
 */
export function halfWidth(variance: number, tau: number, alpha: number): number {
  if (!isKnown(variance)) return Infinity;
  const mixed = variance + tau * tau;
  return Math.sqrt(
    ((variance * mixed) / (tau * tau)) * (2 * Math.log(1 / alpha) + Math.log(mixed / variance)),
  );
}

/**
 * How far below (or above) the estimate the one-sided bound lies: √(v(v + tau²))/tau · √(2·ln(1 + √((v + tau²)/v) / (2·alpha))).
 *
 * It is the closed form that Howard et al. 2021 (Annals of Statistics 49(2), one-sided normal mixture) and Waudby-Smith, Arbour,
 * Sinha, Kennedy, Ramdas ("Time-uniform central limit theory", Annals of Statistics 52(6), 2024, one-sided asymptotic sequence)
 * give. It is conservative: with Φ(z) ≥ 1 − exp(−z²/2), the mixture 2·L·Φ(z) is at least 1/alpha wherever the bound excludes 0.
 */
export function oneSidedHalfWidth(variance: number, tau: number, alpha: number): number {
  if (!isKnown(variance)) return Infinity;
  const mixed = variance + tau * tau;
  const z = Math.sqrt(2 * Math.log1p(Math.sqrt(mixed / variance) / (2 * alpha)));
  return (Math.sqrt(variance * mixed) / tau) * z;
}

function isKnown(variance: number): boolean {
  return variance > 0 && Number.isFinite(variance);
}
