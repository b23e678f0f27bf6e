/**
 * The worker's metrics: names and help texts are API and are declared here only. Unless the help says
 * otherwise each has the label `model_version`, the name given to this worker.
 */
export const METRICS = {
  requests: {
    name: "sentiment_requests_total",
    help: 'Predictions by HTTP status and label: one per text; a request that failed counts once with sentiment_label="none"; a caller who left is 499.',
  },
  inference: {
    name: "sentiment_inference_seconds",
    help: "Wall time of the model run that served a text, measured in the inference thread, without waiting and tokenising; one observation per text.",
  },
  inferenceSquared: {
    name: "sentiment_inference_squared_seconds_total",
    help: "Sum of the squares of sentiment_inference_seconds (s²), for exact variances.",
  },
  tokenize: {
    name: "sentiment_tokenize_seconds",
    help: "Time to split a text into tokens, in the inference thread.",
  },
  queue: {
    name: "sentiment_queue_seconds",
    help: "Time a computed text only waited: from admission to prediction, less tokenising and the model run.",
  },
  queueDepth: {
    name: "sentiment_queue_depth",
    help: "Texts that wait to be handed to the inference thread.",
  },
  queueLimit: {
    name: "sentiment_queue_limit",
    help: "Most texts that may wait (max_queue); above it requests get 429.",
  },
  dropped: {
    name: "sentiment_dropped_total",
    help: "Admitted texts that were dropped before they were computed, by reason: caller_gone, deadline, inference_failed, text_unprocessable (another text of the same request), stopping.",
  },
  droppedConnections: {
    name: "sentiment_dropped_connections_total",
    help: "Connections closed unanswered because too many were open, probes and scrapes included.",
  },
  confidence: {
    name: "sentiment_confidence_ratio",
    help: "Softmax probability of the predicted label.",
  },
  characters: {
    name: "sentiment_input_characters",
    help: "Unicode characters of a predicted text, before truncation.",
  },
  truncated: {
    name: "sentiment_truncated_inputs_total",
    help: "Texts longer than the model reads; the prediction used their beginning only.",
  },
  threadRestarts: {
    name: "sentiment_inference_thread_restarts_total",
    help: "Failures of the inference thread after which another one was started.",
  },
  ready: { name: "sentiment_worker_ready", help: "1 while /readyz says yes: the model is loaded and warm." },
  memoryUsage: {
    name: "model_memory_usage_bytes",
    help: "Resident memory of the process that serves this one model, read at scrape.",
  },
  memoryLimit: {
    name: "model_memory_limit_bytes",
    help: "Memory this process may use: the limit of its control group, else the memory of the machine.",
  },
  modelInfo: {
    name: "model_info",
    help: "1; its labels say which weights answer: revision is the beginning of the SHA-256 of the graph file.",
  },
  eventLoopLag: {
    name: "nodejs_eventloop_lag_p99_seconds",
    help: "99th percentile of the main thread's event loop delay over the last 15 to 30 s; no label, not reset by scrapes.",
  },
  processCpu: {
    name: "process_cpu_seconds_total",
    help: "User and system CPU time of the process in seconds; no label.",
  },
  processStart: {
    name: "process_start_time_seconds",
    help: "Start of the process in seconds since the epoch; no label.",
  },
} as const;

/** Values of `status`. What is not listed is written as `other`, so that the set stays closed. */
export const STATUSES = [
  "200",
  "400",
  "403",
  "405",
  "408",
  "413",
  "415",
  "422",
  "429",
  "499",
  "500",
  "503",
  "other",
] as const;

/** R10 preferred numbers from 0.01 (observability.md 1.3), and five below for models that answer in milliseconds. */
export const INFERENCE_BUCKETS = [
  0.001, 0.0016, 0.0025, 0.004, 0.0063, 0.01, 0.0125, 0.016, 0.02, 0.025, 0.032, 0.04, 0.05, 0.063, 0.08, 0.1,
  0.125, 0.16, 0.2, 0.25, 0.32, 0.4, 0.5, 0.63, 0.8, 1, 1.25, 1.6, 2, 2.5, 3.2, 4, 5,
];
export const TOKENIZE_BUCKETS = [
  0.00004, 0.0001, 0.00025, 0.00063, 0.0016, 0.004, 0.01, 0.025, 0.063, 0.16, 0.4,
];
export const QUEUE_BUCKETS = [0.0004, 0.001, 0.0025, 0.0063, 0.016, 0.04, 0.1, 0.25, 0.63, 1.6, 4, 10, 25];
export const CONFIDENCE_BUCKETS = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];
export const CHARACTER_BUCKETS = [10, 25, 50, 100, 160, 280, 500, 1000, 2500, 5000, 10000];
