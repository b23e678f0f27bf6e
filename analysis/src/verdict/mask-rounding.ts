import type { MaskedEstimate } from "./masked-verdict.ts";
import type { Estimate } from "./verdict.ts";

/** To whole multiples of `unit`, a power of ten; the same on both sides of 0. */
export function roundTo(value: number, unit: number): number {
  // Multiplied by 1/unit where that is the whole number: 3 × 0.1 is not 0.3.
  const steps = Math.round(Math.abs(value) / unit);
  const rounded = unit < 1 ? steps / Math.round(1 / unit) : steps * unit;
  return rounded === 0 ? 0 : Math.sign(value) * rounded;
}

/** To so many significant digits. */
export function roundDigits(value: number, digits: number): number {
  return value === 0 || !Number.isFinite(value) ? value : Number(value.toPrecision(digits));
}

/** A tenth of the leading digit's place of the half-width: 0.0123 → 0.001. */
export function unitOf({ low, high }: Estimate): number {
  const halfWidth = (high - low) / 2;
  // Nothing varies, or nothing is known: three decimals.
  if (!(halfWidth > 0) || !Number.isFinite(halfWidth)) return 0.001;
  return 10 ** (Math.floor(Math.log10(halfWidth)) - 1);
}

/** @param isReversed the difference was taken the other way round */
export function roundEstimate(estimate: Estimate, isReversed: boolean): MaskedEstimate {
  const { value, low, high } = isReversed
    ? { value: -estimate.value, low: -estimate.high, high: -estimate.low }
    : estimate;
  const unit = unitOf(estimate);
  return { value: roundTo(value, unit), low: roundTo(low, unit), high: roundTo(high, unit) };
}
