import type { Plan } from "./plan.ts";
import type { Sample } from "./reading.ts";

/** Labels that were not foreseen. */
export const OTHER = "other";
/** Labels of ours hold no control characters (proxy/src/config/outcome-names.ts). */
const BETWEEN = "\t";

/** A cell is one family of a variant's counts, such as `errors`; in each there is one number for every analysis bucket. */
export const EXPECTED = "expected";
/** Hashed decisions that count. */
export const ASSIGNED = "assigned";
export const EXPOSURES = "exposures";
export const ERRORS = "errors";
export const SLOW = "slow";
export const RATED = "rated";
export const RATED_ABSOLUTE = "rated absolute";
export const RATED_SQUARED = "rated squared";

export function outcomeCell(outcome: string): string {
  return ["outcome", outcome].join(BETWEEN);
}

/** Of the values less the least that was declared. */
export function valueCell(outcome: string): string {
  return ["value", outcome].join(BETWEEN);
}

export function squaredCell(outcome: string): string {
  return ["squared", outcome].join(BETWEEN);
}

export function predictedCell(label: string): string {
  return ["predicted", label].join(BETWEEN);
}

export function confusionCell(truth: string, predicted: string): string {
  return ["confusion", truth, predicted].join(BETWEEN);
}

/**
 * Counted at the request, and never replayed from a journal: when one of them has fallen, all of its process have begun
 * again. The other cells are of outcomes.
 */
export function isOfRequests(cell: string): boolean {
  return (
    cell === EXPECTED ||
    cell === ASSIGNED ||
    cell === EXPOSURES ||
    cell === ERRORS ||
    cell === SLOW ||
    cell.startsWith(predictedCell(""))
  );
}

type Labels = Sample["labels"];

const CELLS: ReadonlyMap<string, (labels: Labels) => string> = new Map<string, (labels: Labels) => string>([
  ["ab_bucket_expected_assignments_total", () => EXPECTED],
  ["ab_bucket_assignments_total", () => ASSIGNED],
  ["ab_bucket_requests_total", () => EXPOSURES],
  ["ab_bucket_errors_total", () => ERRORS],
  ["ab_bucket_slow_requests_total", () => SLOW],
  ["ab_bucket_predictions_total", ({ predicted_label: label = OTHER }) => predictedCell(label)],
  ["ab_bucket_outcomes_total", ({ outcome = "" }) => outcomeCell(outcome)],
  ["ab_bucket_outcome_value_total", ({ outcome = "" }) => valueCell(outcome)],
  ["ab_bucket_outcome_value_squared_total", ({ outcome = "" }) => squaredCell(outcome)],
  [
    "ab_bucket_confusion_total",
    ({ true_label: truth = OTHER, predicted_label: predicted = OTHER }) => confusionCell(truth, predicted),
  ],
  ["ab_bucket_rating_predictions_total", () => RATED],
  ["ab_bucket_rating_absolute_error_total", () => RATED_ABSOLUTE],
  ["ab_bucket_rating_squared_error_total", () => RATED_SQUARED],
]);

/** The cell that a sample belongs to; undefined where it has none. */
export function cellOf({ name, labels }: Sample): string | undefined {
  return CELLS.get(name)?.(labels);
}

/** All that this plan can have: others are not kept, whatever a process says. */
export function cellsOf(plan: Plan): ReadonlySet<string> {
  const labels = [...plan.labels, OTHER];
  const numeric = plan.numeric.map(({ name }) => name);
  return new Set([
    EXPECTED,
    ASSIGNED,
    EXPOSURES,
    ERRORS,
    SLOW,
    ...labels.map(predictedCell),
    ...[...plan.plain, ...numeric].map(outcomeCell),
    ...numeric.map(valueCell),
    ...numeric.map(squaredCell),
    ...labels.flatMap((truth) => labels.map((predicted) => confusionCell(truth, predicted))),
    RATED,
    RATED_ABSOLUTE,
    RATED_SQUARED,
  ]);
}
