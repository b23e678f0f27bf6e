import type { Wanted } from "./exposition.ts";
import { type Labels, Scrape } from "./scrape.ts";
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

const DURATION = "ab_request_duration_seconds";
/** The other statuses, nine of ten lines of a gateway, are not shown. */
const DURATION_STATUS = "200";

/** The same, as the text format calls them. */
export const GATEWAY_SAMPLES: Wanted = new Map(
  GATEWAY_FAMILIES.flatMap((name): [string, string | undefined][] =>
    name === DURATION
      ? HISTOGRAM_SUFFIXES.map((suffix) => [name + suffix, `status="${DURATION_STATUS}"`])
      : [[name, undefined]],
  ),
);

/** Of a gateway's own families, which are not read from text. */
export function isWantedOfGateway(name: string, labels: Labels): boolean {
  return !name.startsWith(DURATION) || labels.status === DURATION_STATUS;
}

/** The experiment that a page is about. */
export interface PageExperiment {
  readonly name: string;
  readonly phase: number;
  /** In file order. */
  readonly variants: readonly string[];
}

const EMPTY = new Scrape([]);

type GatewayNumbers = NonNullable<GatewaySnapshot["numbers"]>;

/** Undefined where it is no gateway that spoke. Variants and phases that it does not have count 0. */
export function readGatewayNumbers(scrape: Scrape, experiment: PageExperiment): GatewayNumbers | undefined {
  const configHash = scrape.samples("ab_config_info")[0]?.labels.config_hash;
  if (configHash === undefined) return undefined;
  const ofVariants = scrape.splitBy("model_version", new Set(experiment.variants));
  return {
    configHash,
    lastReloadSuccessful: scrape.sum("ab_config_last_reload_successful") === 1,
    residentBytes: scrape.sum("process_resident_memory_bytes") ?? 0,
    eventLoopP99Seconds: scrape.sum("nodejs_eventloop_lag_p99_seconds") ?? 0,
    variants: Object.fromEntries(
      experiment.variants.map((variant) => [
        variant,
        readVariant(ofVariants.get(variant) ?? EMPTY, experiment),
      ]),
    ),
  };
}

/** @param scrape of one variant */
function readVariant(scrape: Scrape, { name, phase }: PageExperiment): GatewayVariantNumbers {
  const ofExperiment = { experiment: name };
  const ofPhase = { ...ofExperiment, phase: String(phase) };
  const health = scrape.samples("ab_upstream_healthy");
  const requests = scrape.sumBy("status", "ab_requests_total", ofExperiment);
  return {
    weight: Math.round(100 * (scrape.sum("ab_variant_weight_ratio", ofExperiment) ?? 0)),
    requests: Object.fromEntries([...requests].filter(([, count]) => count > 0)),
    assignments: scrape.sum("ab_assignments_total", { ...ofPhase, assignment: "hashed" }) ?? 0,
    expectedAssignments: scrape.sum("ab_expected_assignments_total", ofPhase) ?? 0,
    exposures: scrape.sum("ab_bucket_requests_total", ofPhase) ?? 0,
    inFlight: scrape.sum("ab_upstream_in_flight") ?? 0,
    upstreamsHealthy: health.filter(({ value }) => value === 1).length,
    upstreams: health.length,
    duration: scrape.histogram(DURATION, { status: DURATION_STATUS }) ?? {
      bounds: [],
      cumulated: [0],
      sum: 0,
    },
  };
}
