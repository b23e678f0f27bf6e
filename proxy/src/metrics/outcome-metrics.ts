import type { Registry } from "prom-client";
import { DELAY_BOUNDS } from "./bounds.ts";
import { HistogramFamily, NumberFamily } from "./series.ts";

export type OutcomeMetrics = ReturnType<typeof createOutcomeMetrics>;

/** Why a reported outcome was not counted. */
export const REJECTIONS = [
  "malformed",
  "token_invalid",
  "expired",
  "from_future",
  "id_not_allowed",
  "other_experiment",
  "unknown_variant",
  "fallback",
  "not_allowed",
  "value_invalid",
  "unknown_label",
  "no_prediction",
  "duplicate",
  "conflict",
  "busy",
  "not_stored",
] as const;
export type Rejection = (typeof REJECTIONS)[number];

/** Series are made only where a configuration has outcomes; those by analysis bucket at their first count. */
export function createOutcomeMetrics(registry: Registry) {
  const counter = (name: string, help: string) => new NumberFamily(registry, "counter", name, help);
  const gauge = (name: string, help: string) => new NumberFamily(registry, "gauge", name, help);
  return {
    tokens: counter("ab_outcome_tokens_total", "Tokens given, by which outcomes can be reported."),
    predictions: counter(
      "ab_bucket_predictions_total",
      "Tokens given for answers with a predicted label, by analysis bucket.",
    ),
    outcomes: counter("ab_outcomes_total", "Outcomes reported and counted."),
    rejected: counter("ab_outcomes_rejected_total", "Outcomes reported and not counted, by why."),
    delay: new HistogramFamily(
      registry,
      "ab_outcome_delay_seconds",
      "From an answer to an outcome's report.",
      DELAY_BOUNDS,
    ),
    bucketOutcomes: counter("ab_bucket_outcomes_total", "Outcomes by analysis bucket."),
    bucketValues: counter(
      "ab_bucket_outcome_value_total",
      "Sum of numeric outcomes above their least value (outcomes.allowed), by analysis bucket.",
    ),
    bucketSquares: counter(
      "ab_bucket_outcome_value_squared_total",
      "Sum of the squares of numeric outcomes above their least value, by analysis bucket.",
    ),
    bucketConfusion: counter(
      "ab_bucket_confusion_total",
      "True labels reported, by what was predicted and by analysis bucket.",
    ),
    bucketRatings: counter(
      "ab_bucket_rating_predictions_total",
      "Ratings reported for answers that predicted one, by analysis bucket.",
    ),
    bucketRatingErrors: counter(
      "ab_bucket_rating_absolute_error_total",
      "Sum of the absolute errors of predicted ratings, by analysis bucket.",
    ),
    bucketRatingSquares: counter(
      "ab_bucket_rating_squared_error_total",
      "Sum of the squared errors of predicted ratings, by analysis bucket.",
    ),
    storeUp: gauge(
      "ab_outcome_store_up",
      "1 while the Redis that replicas know duplicates by answers, else 0.",
    ),
    unshared: counter(
      "ab_outcome_unshared_total",
      "Outcomes counted by this process's memory of duplicates alone because the shared Redis did not answer.",
    ),
    journalUp: gauge("ab_outcome_journal_up", "1 while outcomes can be written to the journal, else 0."),
    journalInfo: gauge(
      "ab_outcome_journal_info",
      "1 for the journal that counts of outcomes are restored from, wherever it is replayed.",
    ),
  };
}

/** The analysis bucket as a label: two digits. */
export function bucketLabel(analysisBucket: number): string {
  return String(analysisBucket).padStart(2, "0");
}
