import type { MetricName } from "../../../proxy/src/config/analysis-config.ts";
import { holm } from "../statistics/holm.ts";
import { decide, type ProgressState } from "./progress.ts";
import type { MetricComparison } from "./verdict.ts";

/** One secondary metric of one treatment. */
export interface Candidate {
  readonly comparison: MetricComparison;
  readonly progress: ProgressState;
}

/**
 * Corrects the p-values of all secondary metrics of all treatments together. Each is the least so far and holds at every
 * look, so that the corrected ones do too. They say better or worse, and decide nothing.
 */
export function correctSecondary(
  candidates: readonly Candidate[],
  alpha: number,
  { at, isOpen }: { readonly at: number; readonly isOpen: boolean },
): MetricComparison[] {
  const adjusted = holm(candidates.map(({ progress }) => progress.leastP ?? 1));
  return candidates.map(({ comparison, progress }, index) => {
    const pValue = adjusted[index] ?? 1;
    if (isOpen && pValue <= alpha && comparison.difference !== null)
      decide(progress, sideOf(comparison, comparison.difference.value), at);
    return {
      ...comparison,
      pValue: progress.leastP === null ? null : pValue,
      decision: progress.decision,
      decidedAt: progress.decidedAt,
    };
  });
}

function sideOf(
  { direction }: { direction: MetricComparison["direction"]; metric: MetricName },
  difference: number,
) {
  return difference > 0 === (direction === "increase") ? "better" : "worse";
}
