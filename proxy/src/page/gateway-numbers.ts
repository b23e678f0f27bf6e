import type { Scrape } from "./scrape.ts";
import type { GatewaySnapshot, GatewayVariantNumbers } from "./snapshot.ts";

/** What is read of a gateway's metrics: families, as its own registry calls them. */
export const GATEWAY_FAMILIES = [
  "ab_requests_total",
  "ab_assignments_total",
  "ab_expected_assignments_total",
  "ab_bucket_requests_total",
  "ab_request_duration_seconds",
  "ab_upstream_in_flight",
  "ab_upstream_healthy",
  "ab_variant_weight_ratio",
  "ab_config_info",
  "ab_config_last_reload_successful",
  "process_resident_memory_bytes",
  "nodejs_eventloop_lag_p99_seconds",
] as const;

/** What a histogram's samples are called. */
export const HISTOGRAM_SUFFIXES = ["_bucket", "_sum", "_count"] as const;

/** The same, as the text format calls them. */
export const GATEWAY_SAMPLES: ReadonlySet<string> = new Set(
  GATEWAY_FAMILIES.flatMap((name) =>
    name === "ab_request_duration_seconds" ? HISTOGRAM_SUFFIXES.map((suffix) => name + suffix) : name,
  ),
);

/** The experiment that a page is about. */
export interface PageExperiment {
  readonly name: string;
  readonly phase: number;
  /** In file order. */
  readonly variants: readonly string[];
}

type GatewayNumbers = NonNullable<GatewaySnapshot["numbers"]>;

/** Undefined where it is no gateway that spoke. Variants and phases that it does not have count 0. */
export function readGatewayNumbers(scrape: Scrape, experiment: PageExperiment): GatewayNumbers | undefined {
  const configHash = scrape.samples("ab_config_info")[0]?.labels.config_hash;
  if (configHash === undefined) return undefined;
  return {
    configHash,
    lastReloadSuccessful: scrape.sum("ab_config_last_reload_successful") === 1,
    residentBytes: scrape.sum("process_resident_memory_bytes") ?? 0,
    eventLoopP99Seconds: scrape.sum("nodejs_eventloop_lag_p99_seconds") ?? 0,
    variants: Object.fromEntries(
      experiment.variants.map((variant) => [variant, readVariant(scrape, variant, experiment)]),
    ),
  };
}

function readVariant(
  scrape: Scrape,
  variant: string,
  { name, phase }: PageExperiment,
): GatewayVariantNumbers {
  const ofVariant = { model_version: variant };
  const ofExperiment = { experiment: name, model_version: variant };
  const ofPhase = { ...ofExperiment, phase: String(phase) };
  const health = scrape.samples("ab_upstream_healthy", ofVariant);
  const requests = scrape.sumBy("status", "ab_requests_total", ofExperiment);
  return {
    weight: Math.round(100 * (scrape.sum("ab_variant_weight_ratio", ofExperiment) ?? 0)),
    requests: Object.fromEntries([...requests].filter(([, count]) => count > 0)),
    assignments: scrape.sum("ab_assignments_total", { ...ofExperiment, assignment: "hashed" }) ?? 0,
    expectedAssignments: scrape.sum("ab_expected_assignments_total", ofPhase) ?? 0,
    exposures: scrape.sum("ab_bucket_requests_total", ofPhase) ?? 0,
    inFlight: scrape.sum("ab_upstream_in_flight", ofVariant) ?? 0,
    upstreamsHealthy: health.filter(({ value }) => value === 1).length,
    upstreams: health.length,
    duration: scrape.histogram("ab_request_duration_seconds", { ...ofVariant, status: "200" }) ?? {
      bounds: [],
      cumulated: [0],
      sum: 0,
    },
  };
}
