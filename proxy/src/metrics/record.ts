import { PROBLEMS, type ProblemCode } from "../errors.ts";
import { stratumOf } from "../experiment/stratum.ts";
import type { Metrics } from "./metrics.ts";
import type { Series } from "./series.ts";
import { AssignedRecord, VariantRecord } from "./variant-record.ts";

const UNIT_SOURCES = ["header", "cookie", "address", "new"] as const;

/** What the record needs to know of one configuration. */
export interface ExperimentShape {
  readonly experiment: string;
  readonly phase: number;
  /** In file order, with the weights that are in force: a stopped variant's is 0. */
  readonly variants: readonly { readonly name: string; readonly weight: number; readonly control: boolean }[];
  /** Requests that one variant may have at its upstreams at once. */
  readonly maxInFlight: number;
}

export type ExperimentRecord = ReturnType<typeof createExperimentRecord>;

/** Names every series that this configuration can give, each with 0, and returns what the hot path writes to. */
export function createExperimentRecord(metrics: Metrics, shape: ExperimentShape) {
  const { experiment, variants } = shape;
  const phase = String(shape.phase);
  const stratum = stratumOf(variants.map(({ weight }) => weight));
  const sources = Object.fromEntries(
    UNIT_SOURCES.map((source) => [source, metrics.identity.series({ source })]),
  ) as Record<(typeof UNIT_SOURCES)[number], Series>;
  const refusals = Object.fromEntries(
    Object.keys(PROBLEMS).map((code) => [code, metrics.refusals.series({ code })]),
  ) as Record<ProblemCode, Series>;
  const records = variants.map(
    ({ name }) => new AssignedRecord(metrics, { experiment, phase, stratum }, name),
  );
  const expected = variants.map(({ name, weight }, index) => ({
    series: metrics.expectedAssignments.series({ experiment, phase, model_version: name }),
    buckets: (records[index] as AssignedRecord).bucketExpected,
    share: weight / 100,
  }));
  return {
    variants: records,
    stratum,
    /** What named a unit and was not believed. */
    ignored: {
      untrusted_header: metrics.identityIgnored.series({ reason: "untrusted_header" }),
      forged_cookie: metrics.identityIgnored.series({ reason: "forged_cookie" }),
    },
    /** Requests refused before they were assigned, and CORS preflights. */
    unassigned: new VariantRecord(metrics, experiment, "none"),
    identified(source: (typeof UNIT_SOURCES)[number]): void {
      sources[source].value++;
    },
    /**
     * A hashed decision for `variant`. Where it counts, every variant gets its weight's share of the expectation.
     *
     * @param analysisBucket -1 for a request that is no exposure (exposure.methods, exposure.paths)
     */
    decided(variant: number, analysisBucket: number): void {
      const record = records[variant] as AssignedRecord;
      record.assignments.hashed.value++;
      if (analysisBucket < 0) return;
      (record.bucketAssignments[analysisBucket] as Series).value++;
      for (const { series, buckets, share } of expected) {
        series.value += share;
        (buckets[analysisBucket] as Series).value += share;
      }
    },
    /** A signed token chose `variant`: no part of the experiment. */
    forced(variant: number): void {
      (records[variant] as AssignedRecord).assignments.forced.value++;
    },
    /** The unit's own variant cannot answer and `variant` does: no part of the experiment. */
    fellBack(variant: number): void {
      (records[variant] as AssignedRecord).assignments.fallback.value++;
    },
    /** A request for `variant` whose header and cookie lead to different ones. */
    contaminated(variant: number): void {
      (records[variant] as AssignedRecord).contaminated.value++;
    },
    refused(code: ProblemCode): void {
      refusals[code].value++;
    },
  };
}

/** Sets the gauges that describe the running configuration; series of variants that are gone, go. */
export function describeConfiguration(
  metrics: Metrics,
  shape: ExperimentShape,
  version: { hash: string; number: number },
): void {
  const { experiment } = shape;
  for (const family of [
    metrics.variantWeight,
    metrics.variantInfo,
    metrics.configInfo,
    metrics.inFlightLimit,
    // Filled again when the generation's upstreams start; what the one before still holds counts nowhere.
    metrics.upstream.healthy,
  ])
    family.clear();
  for (const { name, weight, control } of shape.variants) {
    metrics.variantWeight.series({ experiment, model_version: name }).value = weight / 100;
    metrics.variantInfo.series({ model_version: name, role: control ? "control" : "treatment" }).value = 1;
    metrics.inFlightLimit.series({ model_version: name }).value = shape.maxInFlight;
  }
  metrics.configInfo.series({ config_hash: version.hash, config_version: String(version.number) }).value = 1;
}
