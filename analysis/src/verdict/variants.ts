import { ERRORS, EXPECTED, EXPOSURES, outcomeCell, SLOW } from "../evidence/cell.ts";
import type { Plan } from "../evidence/plan.ts";
import { estimateValue } from "./estimate.ts";
import { toEstimate } from "./interval.ts";
import { coverageOf, judgedOf, SHARE } from "./measure.ts";
import { classify, regress, totalsOf } from "./quality.ts";
import type { Table } from "./table.ts";
import type { VariantSummary } from "./verdict.ts";

export function summariesOf(plan: Plan, table: Table): readonly VariantSummary[] {
  const outcomes = [...plan.plain, ...plan.numeric.map(({ name }) => name)];
  return plan.variants.map(({ name, control }, variant) => {
    const totals = totalsOf(table, variant);
    const coverage = [coverageOf(table.space), judgedOf(table.space)]
      .map((measure) => estimateValue(table, variant, measure))
      .find((found) => found !== undefined);
    return {
      name,
      role: control ? "control" : "treatment",
      exposures: totals(EXPOSURES),
      expected: totals(EXPECTED),
      errors: totals(ERRORS),
      slow: totals(SLOW),
      outcomes: Object.fromEntries(outcomes.map((outcome) => [outcome, totals(outcomeCell(outcome))])),
      coverage: toEstimate(plan, coverage, SHARE),
      classification: classify(plan, table, variant),
      regression: regress(plan, table, variant),
    };
  });
}
