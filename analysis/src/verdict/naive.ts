import type { MetricName } from "../../../proxy/src/config/analysis-config.ts";
import { studentSurvival } from "../statistics/distributions.ts";
import { pooledZ } from "../statistics/proportions.ts";
import type { Difference, Pair } from "./estimate.ts";
import type { Measure } from "./measure.ts";
import type { Table } from "./table.ts";

/** Metrics of a yes or no for each answer. */
const PROPORTIONS: ReadonlySet<MetricName> = new Set<MetricName>([
  "error_ratio",
  "slow_ratio",
  "conversion",
  "correct_ratio",
  "accuracy",
]);

/**
 * What one would read off without thinking of looks: a z test that takes each request for a unit, or, where a metric is no
 * yes or no, Student's t of the buckets at one look.
 */
export function naivePValue(
  metric: MetricName,
  table: Table,
  pair: Pair,
  { measure }: Measure,
  difference: Difference,
): number | null {
  const p = PROPORTIONS.has(metric)
    ? proportionsP(table, pair, measure)
    : 2 *
      studentSurvival(
        Math.abs(difference.value) / Math.sqrt(difference.clustered),
        Math.max(1, difference.buckets - 1),
      );
  return p !== undefined && Number.isFinite(p) ? p : null;
}

function proportionsP(table: Table, pair: Pair, measure: Measure["measure"]): number | undefined {
  const [treatment, control] = [pair.treatment, pair.control].map((variant) => {
    const totals = table.pooled[variant]?.totals;
    const measured = totals && measure(totals);
    return measured && { successes: measured.value * measured.size, trials: measured.size };
  });
  return treatment && control && pooledZ(control, treatment).pValue;
}
