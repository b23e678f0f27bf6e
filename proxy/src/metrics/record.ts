import { PROBLEMS, type ProblemCode } from "../errors.ts";
import type { Metrics } from "./metrics.ts";
import type { HistogramSeries, Series } from "./series.ts";
import { DURATION_STATUSES, positionsOfCodes, STATUSES } from "./status.ts";

const ANALYSIS_BUCKETS = 100;
const UNIT_SOURCES = ["header", "cookie", "address", "new"] as const;
const ASSIGNMENTS = ["hashed", "forced", "fallback"] as const;
const DEADLINES = ["connect", "first_byte", "idle", "total"] as const;
const POSITION = positionsOfCodes(STATUSES);
const DURATION_POSITION = positionsOfCodes(DURATION_STATUSES);

type Deadline = (typeof DEADLINES)[number];

/** What the record needs to know of one configuration. */
export interface ExperimentShape {
  readonly experiment: string;
  readonly phase: number;
  readonly variants: readonly { readonly name: string; readonly weight: number; readonly control: boolean }[];
  /** Requests that one variant may have at its upstreams at once. */
  readonly maxInFlight: number;
}

/** The counters of one variant, or of the requests that never got one (`none`). */
class VariantRecord {
  readonly #requests: readonly Series[];
  readonly #durations: readonly HistogramSeries[];
  readonly #overhead: HistogramSeries;

  constructor(metrics: Metrics, experiment: string, name: string) {
    this.#requests = STATUSES.map((status) =>
      metrics.requests.series({ experiment, model_version: name, status }),
    );
    this.#durations = DURATION_STATUSES.map((status) =>
      metrics.requestDuration.series({ model_version: name, status }),
    );
    this.#overhead = metrics.overhead.series({ model_version: name });
  }

  /** What the parser refused: it has a status, but never was a request whose time could be taken. */
  refusedUnread(status: number): void {
    (this.#requests[POSITION[status] ?? STATUSES.length - 1] as Series).value++;
  }

  /** A request ended; `status` is what the caller saw (499: the caller left, 502: the transfer broke). */
  ended(status: number, durationSeconds: number, overheadSeconds: number): void {
    (this.#requests[POSITION[status] ?? STATUSES.length - 1] as Series).value++;
    (this.#durations[DURATION_POSITION[status] ?? DURATION_STATUSES.length - 1] as HistogramSeries).observe(
      durationSeconds,
    );
    this.#overhead.observe(overheadSeconds);
  }
}

/** One variant's counters within the experiment: what the statistics are made of. */
export class AssignedRecord extends VariantRecord {
  /** Decisions for the variant, by how they were made. */
  readonly assignments: Readonly<Record<(typeof ASSIGNMENTS)[number], Series>>;
  readonly #exposures: readonly Series[];
  readonly #errors: readonly Series[];
  readonly inFlight: Series;
  readonly unframed: Series;
  readonly websocketsOpen: Series;
  /** Seconds that answers were held back so that time does not tell the variant. */
  readonly padding: Series;
  readonly deadlines: Readonly<Record<Deadline, Series>>;

  constructor(metrics: Metrics, experiment: string, phase: string, name: string) {
    super(metrics, experiment, name);
    const labels = { experiment, phase, model_version: name };
    const buckets = Array.from({ length: ANALYSIS_BUCKETS }, (_, bucket) => String(bucket).padStart(2, "0"));
    const assignment = (kind: (typeof ASSIGNMENTS)[number]) =>
      metrics.assignments.series({ experiment, model_version: name, assignment: kind });
    this.assignments = {
      hashed: assignment("hashed"),
      forced: assignment("forced"),
      fallback: assignment("fallback"),
    };
    this.#exposures = buckets.map((bucket) => metrics.bucketRequests.series({ ...labels, bucket }));
    this.#errors = buckets.map((bucket) => metrics.bucketErrors.series({ ...labels, bucket }));
    this.inFlight = metrics.inFlight.series({ model_version: name });
    this.websocketsOpen = metrics.websocketsOpen.series({ model_version: name });
    this.unframed = metrics.unframed.series({ model_version: name });
    const deadline = (kind: Deadline) => metrics.deadlines.series({ model_version: name, deadline: kind });
    this.deadlines = {
      connect: deadline("connect"),
      first_byte: deadline("first_byte"),
      idle: deadline("idle"),
      total: deadline("total"),
    };
    this.padding = metrics.padding.series({ model_version: name });
  }

  /** The first byte of the answer goes to the caller, whatever its status. */
  exposed(analysisBucket: number): void {
    (this.#exposures[analysisBucket] as Series).value++;
  }

  /** An exposure ended with a 5xx. */
  failed(analysisBucket: number): void {
    (this.#errors[analysisBucket] as Series).value++;
  }
}

export type ExperimentRecord = ReturnType<typeof createExperimentRecord>;

/** Names every series that this configuration can give, each with 0, and returns what the hot path writes to. */
export function createExperimentRecord(metrics: Metrics, shape: ExperimentShape) {
  const { experiment, variants } = shape;
  const phase = String(shape.phase);
  const expected = variants.map(({ name, weight }) => ({
    series: metrics.expectedAssignments.series({ experiment, phase, model_version: name }),
    share: weight / 100,
  }));
  const sources = Object.fromEntries(
    UNIT_SOURCES.map((source) => [source, metrics.identity.series({ source })]),
  ) as Record<(typeof UNIT_SOURCES)[number], Series>;
  const refusals = Object.fromEntries(
    Object.keys(PROBLEMS).map((code) => [code, metrics.refusals.series({ code })]),
  ) as Record<ProblemCode, Series>;
  const records = variants.map(({ name }) => new AssignedRecord(metrics, experiment, phase, name));
  return {
    variants: records,
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
    /** A hashed decision for `variant`: every variant gets its weight's share of the expectation. */
    decided(variant: number): void {
      for (const { series, share } of expected) series.value += share;
      (records[variant] as AssignedRecord).assignments.hashed.value++;
    },
    /** A signed token chose `variant`: no part of the experiment. */
    forced(variant: number): void {
      (records[variant] as AssignedRecord).assignments.forced.value++;
    },
    /** The unit's own variant cannot answer and `variant` does: no part of the experiment. */
    fellBack(variant: number): void {
      (records[variant] as AssignedRecord).assignments.fallback.value++;
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
