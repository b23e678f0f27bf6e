/**
 * The worker's metrics: names and help texts are API and are declared here only. Unless the help says
 * otherwise each has the label `model_version`, the name given to this worker.
 */
export const METRICS = {
  requests: {
    name: "sentiment_requests_total",
    help: 'Predictions by HTTP status and label: one per text; a request that failed counts once with sentiment_label="none"; a caller who left is 499.',
  },
  shadowRequests: {
    name: "sentiment_shadow_requests_total",
    help: "As sentiment_requests_total, of shadow requests (X-Blindsplit-Shadow: 1), whose answers reach nobody; they are in no other series of requests and texts.",
  },
  inference: {
    name: "sentiment_inference_seconds",
    help: "Wall time of the model run that served a text, measured in the inference thread, without waiting and tokenising; one observation per text.",
  },
  inferenceSquared: {
    name: "sentiment_inference_squared_seconds_total",
    help: "Sum of the squares of sentiment_inference_seconds (s²), for exact variances.",
  },
  latencyBudget: {
    name: "sentiment_latency_budget_seconds",
    help: "How long a text should take to compute, as declared (latency_budget); bound is an le of sentiment_inference_seconds. Not there without one.",
  },
  tokenize: {
    name: "sentiment_tokenize_seconds",
    help: "Time to split a text into tokens.",
  },
  queue: {
    name: "sentiment_queue_seconds",
    help: "Time a computed text only waited: from admission to prediction, less tokenising and the model run.",
  },
  queueDepth: {
    name: "sentiment_queue_depth",
    help: "Texts that wait to be split or computed; a window of a long text (overlong: window) counts as one.",
  },
  queueLimit: {
    name: "sentiment_queue_limit",
    help: "Most texts, or windows of long ones, that may wait to be computed (max_queue); above it requests get 429.",
  },
  queueDepthTokens: {
    name: "sentiment_queue_depth_tokens",
    help: "Tokens of the texts that wait; where the graph takes the text itself each text counts as one.",
  },
  queueLimitTokens: {
    name: "sentiment_queue_limit_tokens",
    help: "Most tokens that may wait (max_queue_tokens); above it requests get 429.",
  },
  batchSequences: {
    name: "sentiment_batch_sequences",
    help: "Sequences in one run of the model: texts, or windows of long texts.",
  },
  batchTokens: {
    name: "sentiment_batch_tokens_total",
    help: "Tokens that the model computed for texts, padding excluded.",
  },
  batchPaddingTokens: {
    name: "sentiment_batch_padding_tokens_total",
    help: "Tokens that the model computed only to fill shorter texts of a batch up to its longest: waste.",
  },
  busy: {
    name: "sentiment_inference_busy_seconds_total",
    help: "Time the inference thread spent in model runs; its rate is the thread's utilisation.",
  },
  cacheLookups: {
    name: "sentiment_answer_cache_lookups_total",
    help: "Texts looked up in the answer cache, by result: hit, miss; a hit is in no histogram but sentiment_input_characters.",
  },
  dropped: {
    name: "sentiment_dropped_total",
    help: "Admitted texts that got no answer, by reason: caller_gone, deadline, inference_failed, text_unprocessable (the model has no usable answer to it, or to another text of its request), stopping.",
  },
  droppedConnections: {
    name: "sentiment_dropped_connections_total",
    help: "Connections refused or cut, by reason: too_many_open, pipelined (too many requests ahead of their answers), unread (an answer that its caller did not read).",
  },
  confidence: {
    name: "sentiment_confidence_ratio",
    help: "Softmax probability of the predicted label.",
  },
  regressionScore: {
    name: "sentiment_regression_score",
    help: "Number that a regression answered for a computed text; the sum falls where numbers are negative. Not there for a classification.",
  },
  regressionScoreSquared: {
    name: "sentiment_regression_score_squared_total",
    help: "Sum of the squares of sentiment_regression_score, for exact variances.",
  },
  characters: {
    name: "sentiment_input_characters",
    help: "Unicode characters of a predicted text, before truncation.",
  },
  nonAscii: {
    name: "sentiment_input_non_ascii_characters_total",
    help: "Characters above U+007F of predicted texts; over the sum of sentiment_input_characters it is their share.",
  },
  tokens: {
    name: "sentiment_input_tokens",
    help: "Tokens of a text that go into the model, special ones included, after truncation, over all windows.",
  },
  unknownTokens: {
    name: "sentiment_unknown_tokens_total",
    help: "Tokens that the vocabulary does not have; over the sum of sentiment_input_tokens it is their share.",
  },
  emptyInputs: {
    name: "sentiment_empty_inputs_total",
    help: "Requests refused because a text was empty or only white space (text_empty).",
  },
  truncated: {
    name: "sentiment_truncated_inputs_total",
    help: "Texts longer than the model reads; the prediction used their beginning only.",
  },
  threadRestarts: {
    name: "sentiment_inference_thread_restarts_total",
    help: "Failures of the inference thread after which another one was started.",
  },
  tokenizerFailures: {
    name: "sentiment_tokenizer_thread_failures_total",
    help: "Deaths of the thread that splits long texts; the next long text starts another one.",
  },
  ready: { name: "sentiment_worker_ready", help: "1 while /readyz says yes: the model is loaded and warm." },
  workerInfo: {
    name: "sentiment_worker_info",
    help: "1; its labels are the settings that make one worker faster than another: variants are comparable where they agree.",
  },
  memoryUsage: {
    name: "model_memory_usage_bytes",
    help: "Resident memory of the process that serves this one model, read at scrape.",
  },
  memoryLimit: {
    name: "model_memory_limit_bytes",
    help: "Memory this process may use: the limit of its control group, else the memory of the machine.",
  },
  cpuLimit: {
    name: "model_cpu_limit_cores",
    help: "Processors this process may keep busy: the quota of its control group, else those it may run on.",
  },
  modelFile: {
    name: "model_file_bytes",
    help: "Size of the graph file; there once the model is loaded.",
  },
  modelInfo: {
    name: "model_info",
    help: "1; its labels say which weights answer: revision is the beginning of the SHA-256 of the graph file.",
  },
  labelBaseline: {
    name: "sentiment_label_baseline_ratio",
    help: "Share of each label in the answers to the reference data of the model's baseline.json.",
  },
  baselineSamples: {
    name: "sentiment_label_baseline_samples",
    help: "Texts that the baseline was measured on.",
  },
  confidenceBaseline: {
    name: "sentiment_confidence_baseline_ratio",
    help: "Share of the reference data's answers in sentiment_confidence_ratio up to bound, which is an le of it; previous_bound is the one below (none: there is none).",
  },
  regressionScoreBaseline: {
    name: "sentiment_regression_score_baseline_ratio",
    help: "Share of the reference data's answers in sentiment_regression_score up to bound, which is an le of it; previous_bound is the one below (none: there is none).",
  },
  charactersBaseline: {
    name: "sentiment_input_characters_baseline_ratio",
    help: "Share of the reference data's texts in sentiment_input_characters up to bound, which is an le of it; previous_bound is the one below (none: there is none).",
  },
  unknownTokensBaseline: {
    name: "sentiment_unknown_tokens_baseline_ratio",
    help: "Share of unknown tokens in the reference data.",
  },
  nonAsciiBaseline: {
    name: "sentiment_non_ascii_baseline_ratio",
    help: "Share of characters above U+007F in the reference data.",
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
