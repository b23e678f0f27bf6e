import type { MetricName } from "../../../proxy/src/config/analysis-config.ts";
import { LEAST_SHOWN } from "./mask-events.ts";
import { roundDigits, roundEstimate, roundTo, unitOf } from "./mask-rounding.ts";
import type { MaskedComparison } from "./masked-verdict.ts";
import type { Comparison, MetricComparison, Verdict } from "./verdict.ts";

export type Letters = (variant: string) => string;

interface Subject {
  readonly comparison: Pick<Comparison, "treatment" | "control">;
  readonly metric: MetricComparison;
  readonly kind: "primary" | "secondary";
  readonly letters: Letters;
  readonly hasEqualWeights: boolean;
  /** In all variants together. */
  readonly events: number;
}

/** Of a metric with too few events. */
const NOTHING = { difference: null, logLikelihoodRatio: null, pValue: null, history: [] } as const;

/**
 * Secondary metrics that stay out. Those of guardrails: a difference that would breach one, while none is breached, tells
 * that the worse letter is the control. And latency, which people know of their models.
 */
export function secretMetrics({ comparisons }: Verdict): ReadonlySet<MetricName> {
  const guarded = comparisons.flatMap(({ metrics }) =>
    metrics.filter(({ kind }) => kind === "guardrail").map(({ metric }) => metric),
  );
  return new Set<MetricName>([...guarded, "slow_ratio"]);
}

export function maskComparison({
  comparison,
  metric,
  kind,
  letters,
  hasEqualWeights,
  events,
}: Subject): MaskedComparison {
  const [treatment, control] = [letters(comparison.treatment), letters(comparison.control)];
  // The verdict's difference is treatment less control.
  const isReversed = control < treatment;
  const [first, second] = isReversed ? [control, treatment] : [treatment, control];
  const isDecided = metric.decision === "better" || metric.decision === "worse";
  const { difference, logLikelihoodRatio, pValue, history } = events < LEAST_SHOWN ? NOTHING : metric;
  return {
    first,
    second,
    pair: `${first}-${second}`,
    metric: metric.metric,
    kind,
    direction: metric.direction,
    margin: metric.margin,
    alpha: metric.alpha,
    events,
    values:
      hasEqualWeights && difference !== null ? valuesOf(metric, { treatment, control, first, second }) : null,
    difference: difference === null ? null : roundEstimate(difference, isReversed),
    logLikelihoodRatio: logLikelihoodRatio === null ? null : roundTo(logLikelihoodRatio, 0.01),
    pValue: pValue === null ? null : roundDigits(pValue, 2),
    decision: isDecided ? "better" : metric.decision === "no_difference" ? "no_difference" : "open",
    better: isDecided ? (metric.decision === "better" ? treatment : control) : null,
    decidedAt: metric.decidedAt,
    history: history.map(({ at, difference: then }) => ({
      at,
      difference: roundEstimate(then, isReversed),
    })),
  };
}

function valuesOf(
  { difference, treatment: treated, control: controlled }: MetricComparison,
  { treatment, first, second }: { treatment: string; control: string; first: string; second: string },
): Readonly<Record<string, number>> | null {
  if (difference === null || treated === null || controlled === null) return null;
  const unit = unitOf(difference);
  const [one, other] = treatment === first ? [treated, controlled] : [controlled, treated];
  return { [first]: roundTo(one, unit), [second]: roundTo(other, unit) };
}
