import { Registry } from "prom-client";
import { DURATION_BOUNDS, OVERHEAD_BOUNDS } from "./bounds.ts";
import { watchEventLoop } from "./event-loop.ts";
import { createOutcomeMetrics } from "./outcome-metrics.ts";
import { createRateMetrics } from "./rate-metrics.ts";
import { HistogramFamily, NumberFamily } from "./series.ts";
import { createShadowMetrics } from "./shadow-metrics.ts";
import { createStopMetrics } from "./stop-metrics.ts";
import { createUpstreamMetrics } from "./upstream-metrics.ts";

export type Metrics = ReturnType<typeof createMetrics>;

/** What the operating system says of this process. */
export interface ProcessUsage {
  residentBytes(): number;
  /** User and system time since the start. */
  cpuSeconds(): number;
}

/**
 * Every metric of the proxy, in a registry of its own. The names are API (README, "Metrics"). `model_version`
 * holds the variant's name, or `none` where a request was refused before it was assigned.
 */
export function createMetrics(usage: ProcessUsage) {
  const registry = new Registry();
  const eventLoop = watchEventLoop();
  const counter = (name: string, help: string) => new NumberFamily(registry, "counter", name, help);
  const gauge = (name: string, help: string, beforeScrape?: () => void) =>
    new NumberFamily(registry, "gauge", name, help, beforeScrape);

  const residentMemory = gauge(
    "process_resident_memory_bytes",
    "Resident memory of the proxy's process.",
    () => {
      residentMemory.series().value = usage.residentBytes();
    },
  );
  const cpu = new NumberFamily(
    registry,
    "counter",
    "process_cpu_seconds_total",
    "CPU time of the proxy's process, user and system.",
    () => {
      cpu.series().value = usage.cpuSeconds();
    },
  );
  const lag = gauge(
    "nodejs_eventloop_lag_p99_seconds",
    "Delay of the event loop, 99th percentile of the last 15 to 30 s.",
    () => {
      lag.series().value = eventLoop.p99();
    },
  );

  const paddingTarget = gauge(
    "ab_padding_target_seconds",
    "Answers leave at whole multiples of this; 0 while nothing is padded.",
  );
  const generationsExpired = counter(
    "ab_generations_expired_total",
    "Replaced configurations whose last requests were ended at the deadline (reload.deadline).",
  );
  // A family without a series would be missing from the first scrape's text.
  for (const family of [residentMemory, cpu, lag, paddingTarget, generationsExpired]) family.series();

  return {
    registry,
    requests: counter("ab_requests_total", "Requests that ended, by variant and HTTP status code."),
    requestDuration: new HistogramFamily(
      registry,
      "ab_request_duration_seconds",
      "From a request's head to the end of its answer.",
      DURATION_BOUNDS,
    ),
    overhead: new HistogramFamily(
      registry,
      "ab_proxy_overhead_seconds",
      "The proxy's own share of a request, until the answer's head leaves: less the waits for the caller's body and the upstream.",
      OVERHEAD_BOUNDS,
    ),
    assignments: counter("ab_assignments_total", "Decisions, counted before the upstream is called."),
    expectedAssignments: counter(
      "ab_expected_assignments_total",
      "Assignments that the weights predict: each decision that counts adds the weight of every variant.",
    ),
    bucketExpectedAssignments: counter(
      "ab_bucket_expected_assignments_total",
      "Assignments that the weights predict, by analysis bucket.",
    ),
    bucketAssignments: counter(
      "ab_bucket_assignments_total",
      "Hashed decisions that count, by analysis bucket: exposures fall short of them by callers who left.",
    ),
    bucketRequests: counter(
      "ab_bucket_requests_total",
      "Exposures by analysis bucket, counted when the answer's first byte goes to the caller.",
    ),
    bucketErrors: counter("ab_bucket_errors_total", "Exposures that ended with a 5xx, by analysis bucket."),
    bucketSlow: counter(
      "ab_bucket_slow_requests_total",
      "Exposures that took longer than analysis.slower_than, by analysis bucket.",
    ),
    contaminated: counter(
      "ab_contaminated_requests_total",
      "Requests whose id header and session cookie lead to different variants, by the one that served.",
    ),
    identity: counter("ab_identity_total", "Where the unit id came from."),
    identityIgnored: counter(
      "ab_identity_ignored_total",
      "What named a unit and was not believed: an id header from an untrusted peer, a session cookie that is not ours.",
    ),
    inFlight: gauge("ab_upstream_in_flight", "Requests at the variant's upstreams now."),
    inFlightLimit: gauge(
      "ab_upstream_in_flight_limit",
      "Requests that may be at the variant's upstreams at once.",
    ),
    deadlines: counter("ab_upstream_deadlines_total", "Deadlines that passed while waiting for an upstream."),
    connections: gauge("ab_connections", "Connections of callers that are open now."),
    connectionsLimit: gauge("ab_connections_limit", "Connections of callers that may be open at once."),
    websocketsOpen: gauge("ab_websockets_open", "WebSockets that are open now."),
    refusals: counter("ab_refusals_total", "Answers that the proxy gave by itself, by their code."),
    unframed: counter(
      "ab_unframed_responses_total",
      "Upstream answers with neither length nor chunks: their end cannot be told from a break.",
    ),
    padding: counter(
      "ab_padding_seconds_total",
      "Time that answers were held back so that it does not tell the variant (blind.pad_latency).",
    ),
    paddingTarget,
    variantWeight: gauge(
      "ab_variant_weight_ratio",
      "The variant's share of the buckets now: 0 while it is stopped.",
    ),
    variantInfo: gauge("ab_variant_info", "1 for each variant, with its role in the experiment."),
    configInfo: gauge("ab_config_info", "1 for the running configuration."),
    reloadSuccessful: gauge("ab_config_last_reload_successful", "1 if the last reload was accepted, else 0."),
    reloadTimestamp: gauge(
      "ab_config_last_reload_success_timestamp_seconds",
      "When a configuration was last accepted, in seconds since 1970.",
    ),
    reloads: counter("ab_config_reloads_total", "Reloads by their result."),
    generations: gauge(
      "ab_generations",
      "Configurations that still carry requests, the running one included.",
    ),
    rate: createRateMetrics(registry),
    outcomes: createOutcomeMetrics(registry),
    guardrail: createStopMetrics(registry),
    shadow: createShadowMetrics(registry),
    generationsExpired,
    upstream: createUpstreamMetrics(registry),
    stop: () => eventLoop.stop(),
  };
}
