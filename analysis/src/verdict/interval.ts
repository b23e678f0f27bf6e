import { BUCKETS } from "../evidence/bucket-counts.ts";
import type { Plan } from "../evidence/plan.ts";
import { studentQuantile } from "../statistics/distributions.ts";
import type { Uncertain } from "./estimate.ts";
import type { Range } from "./measure.ts";
import type { Estimate } from "./verdict.ts";

/**
 * A value of one variant with its interval at 1 − alpha for one look, by Student's t of the buckets: it describes, and
 * decides nothing. Null without a value; without a variance the interval is the value alone.
 */
export function toEstimate(
  plan: Plan,
  uncertain: Uncertain | undefined,
  [least, most]: Range,
): Estimate | null {
  if (uncertain === undefined) return null;
  const { value, variance, buckets } = uncertain;
  const freedom = Math.max(1, Math.min(buckets, BUCKETS) - 1);
  const halfWidth =
    variance > 0 ? studentQuantile(1 - plan.analysis.alpha / 2, freedom) * Math.sqrt(variance) : 0;
  return { value, low: Math.max(least, value - halfWidth), high: Math.min(most, value + halfWidth) };
}
