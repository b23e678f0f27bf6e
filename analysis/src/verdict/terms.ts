import type { Direction, MetricName } from "../../../proxy/src/config/analysis-config.ts";
import { type Plan, treatmentsOf } from "../evidence/plan.ts";
import type { Terms } from "./comparison.ts";
import { tauOf } from "./tau.ts";

const BETTER_WHEN_LESS: ReadonlySet<MetricName> = new Set([
  "error_ratio",
  "slow_ratio",
  "mean_absolute_error",
  "root_mean_squared_error",
]);

/**
 * Of one treatment: the primary metric, the guardrails, the secondary metrics. Treatments share alpha (Bonferroni);
 * guardrails and treatments share theirs.
 */
export function termsOf(plan: Plan): readonly Terms[] {
  const { metric, direction, margin, alpha, tau, guardrails, guardrailAlpha, secondary } = plan.analysis;
  const treatments = treatmentsOf(plan).length;
  return [
    { metric, kind: "primary", direction, margin, alpha: alpha / treatments, tau },
    ...guardrails.map(
      (guardrail): Terms => ({
        ...guardrail,
        kind: "guardrail",
        alpha: guardrailAlpha / (guardrails.length * treatments),
        tau: tauOf(plan, guardrail.metric, guardrail.margin),
      }),
    ),
    ...secondary.map(
      (name): Terms => ({
        metric: name,
        kind: "secondary",
        direction: directionOf(name),
        margin: 0,
        alpha: alpha / treatments,
        tau: tauOf(plan, name, 0),
      }),
    ),
  ];
}

function directionOf(metric: MetricName): Direction {
  return BETTER_WHEN_LESS.has(metric) ? "decrease" : "increase";
}
