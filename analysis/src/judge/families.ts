/** Zero-initialised with every phase, so that a gateway of the experiment is known by it. */
export const PHASE_MARK = "ab_expected_assignments_total";

/** Counters of gateways; all of them have the labels `experiment` and `phase`. */
export const COUNTED_FAMILIES: readonly string[] = [
  PHASE_MARK,
  "ab_bucket_expected_assignments_total",
  "ab_bucket_assignments_total",
  "ab_bucket_requests_total",
  "ab_bucket_errors_total",
  "ab_bucket_slow_requests_total",
  "ab_bucket_predictions_total",
  "ab_bucket_outcomes_total",
  "ab_bucket_outcome_value_total",
  "ab_bucket_outcome_value_squared_total",
  "ab_bucket_confusion_total",
  "ab_bucket_rating_predictions_total",
  "ab_bucket_rating_absolute_error_total",
  "ab_bucket_rating_squared_error_total",
  "ab_contaminated_requests_total",
  "ab_shadow_predictions_total",
];

/** Of every gateway, whatever it runs; whoever does not say it is no gateway. */
export const GATEWAY_MARK = "ab_config_info";
/** Whose outcomes a gateway counts on; it is of no experiment. */
export const JOURNAL_FAMILY = "ab_outcome_journal_info";
/** Only a process that began anew falls back in it. */
export const CPU_FAMILY = "process_cpu_seconds_total";

/** What workers cost, and whether they can be compared; all but the CPU time have the label `model_version`. */
export const WORKER_FAMILIES: readonly string[] = [
  "sentiment_requests_total",
  "sentiment_shadow_requests_total",
  "sentiment_inference_seconds_bucket",
  "sentiment_inference_seconds_sum",
  "sentiment_inference_seconds_count",
  "sentiment_worker_info",
  "model_memory_usage_bytes",
  "model_memory_limit_bytes",
  "model_cpu_limit_cores",
  CPU_FAMILY,
];

/** Of every worker of ours, and of nothing else. */
export const WORKER_MARK = "model_memory_usage_bytes";
