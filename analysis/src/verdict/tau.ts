import type { MetricName } from "../../../proxy/src/config/analysis-config.ts";
import type { Plan } from "../evidence/plan.ts";

/** Share of a metric's range that differences are expected to be of, where nobody says. */
const EXPECTED_SHARE = 0.01;

/**
 * Scale of the differences expected of a metric, fixed before the data: the plan's own for the primary one, else twice
 * the margin, else a hundredth of what the metric can be at most.
 */
export function tauOf(plan: Plan, metric: MetricName, margin: number): number {
  if (metric === plan.analysis.metric) return plan.analysis.tau;
  return margin > 0 ? 2 * margin : EXPECTED_SHARE * rangeOf(plan, metric);
}

function rangeOf({ numeric }: Plan, metric: MetricName): number {
  const outcome =
    metric === "mean_absolute_error" || metric === "root_mean_squared_error" ? "rating" : metric;
  const bounds = numeric.find(({ name }) => name === outcome);
  return bounds === undefined ? 1 : bounds.max - bounds.min;
}
