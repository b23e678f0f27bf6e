import { halfWidth } from "../statistics/confidence-sequence.ts";

const DAY_MS = 86_400_000;
const MOST_DAYS = 3650;
const HALVINGS = 60;

export interface Pace {
  readonly difference: number;
  readonly variance: number;
  readonly tau: number;
  readonly alpha: number;
  readonly margin: number;
  /** Since the first exposure. */
  readonly elapsedMs: number;
}

/**
 * Days until the interval excludes 0, or lies within the margin, if the estimate stays and its variance goes on falling
 * in proportion to time. Null where that takes more than ten years.
 */
export function daysLeftOf(pace: Pace): number | null {
  const { difference, variance, tau, alpha, margin, elapsedMs } = pace;
  if (!(elapsedMs > 0) || !(variance > 0)) return null;
  const needed = Math.max(Math.abs(difference), margin - Math.abs(difference));
  const isNarrowAfter = (factor: number) => halfWidth(variance / factor, tau, alpha) <= needed;
  const most = 1 + (MOST_DAYS * DAY_MS) / elapsedMs;
  if (!isNarrowAfter(most)) return null;
  let [low, high] = [1, most];
  for (let halving = 0; halving < HALVINGS; halving++) {
    const middle = Math.sqrt(low * high);
    if (isNarrowAfter(middle)) high = middle;
    else low = middle;
  }
  return ((high - 1) * elapsedMs) / DAY_MS;
}
