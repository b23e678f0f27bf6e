import type { Answer, Comparison, MetricComparison, Validity } from "./verdict.ts";

export interface Found {
  readonly answer: Answer;
  readonly treatment: string | null;
  readonly decidedAt: number | null;
}

/** The first that applies: invalid, breached, better, worse, no difference, not enough data. */
export function answerOf(validity: Validity, comparisons: readonly Comparison[]): Found {
  const { sampleRatio, whale, missing, comparable } = validity;
  if ([sampleRatio, whale, missing, comparable].some(({ check }) => check === "failed"))
    return { answer: "invalid", treatment: null, decidedAt: sampleRatio.failedAt };
  const found =
    first(comparisons, "guardrail_breached", ({ decision }) => decision === "breached") ??
    first(comparisons, "better", isPrimary("better")) ??
    first(comparisons, "worse", isPrimary("worse"));
  if (found !== undefined) return found;
  const primaries = comparisons.flatMap(({ metrics }) => metrics.filter(({ kind }) => kind === "primary"));
  if (primaries.length > 0 && primaries.every(({ decision }) => decision === "no_difference"))
    return {
      answer: "no_difference",
      treatment: comparisons.length === 1 ? (comparisons[0]?.treatment ?? null) : null,
      decidedAt: Math.max(...primaries.map(({ decidedAt }) => decidedAt ?? 0)),
    };
  return { answer: "not_enough_data", treatment: null, decidedAt: null };
}

/** Of several treatments the one whose decision fell first. */
function first(
  comparisons: readonly Comparison[],
  answer: Answer,
  isMeant: (metric: MetricComparison) => boolean,
): Found | undefined {
  return comparisons
    .flatMap(({ treatment, metrics }) =>
      metrics.filter(isMeant).map(({ decidedAt }) => ({ answer, treatment, decidedAt })),
    )
    .sort((one, other) => (one.decidedAt ?? 0) - (other.decidedAt ?? 0))[0];
}

function isPrimary(decision: MetricComparison["decision"]) {
  return (metric: MetricComparison) => metric.kind === "primary" && metric.decision === decision;
}
