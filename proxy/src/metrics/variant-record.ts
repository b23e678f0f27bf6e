import type { Metrics } from "./metrics.ts";
import type { HistogramSeries, Series } from "./series.ts";
import { DURATION_STATUSES, positionsOfCodes, STATUSES } from "./status.ts";

/** How many analysis buckets there are. */
const ANALYSIS_BUCKETS = 100;
const ASSIGNMENTS = ["hashed", "forced", "fallback"] as const;
const DEADLINES = ["connect", "first_byte", "idle", "total"] as const;
const POSITION = positionsOfCodes(STATUSES);
const DURATION_POSITION = positionsOfCodes(DURATION_STATUSES);

type Deadline = (typeof DEADLINES)[number];

/** What counts are kept apart by, as labels in their order. */
export interface ExperimentLabels {
  readonly experiment: string;
  readonly phase: string;
  /** A stretch of constant effective weights (experiment/stratum.ts). */
  readonly stratum: string;
}

/** The counters of one variant, or of the requests that never got one (`none`). */
export class VariantRecord {
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
  /** Requests served here whose header and cookie lead to different variants. */
  readonly contaminated: Series;
  /** By analysis bucket: what the weights predict of its exposures. */
  readonly bucketExpected: readonly Series[];
  /** By analysis bucket: the hashed decisions for it that count. */
  readonly bucketAssignments: readonly Series[];
  readonly #exposures: readonly Series[];
  readonly #errors: readonly Series[];
  readonly #slow: readonly Series[];
  readonly inFlight: Series;
  readonly unframed: Series;
  readonly websocketsOpen: Series;
  /** Seconds that answers were held back so that time does not tell the variant. */
  readonly padding: Series;
  readonly deadlines: Readonly<Record<Deadline, Series>>;

  constructor(metrics: Metrics, { experiment, phase, stratum }: ExperimentLabels, name: string) {
    super(metrics, experiment, name);
    const buckets = Array.from({ length: ANALYSIS_BUCKETS }, (_, bucket) => String(bucket).padStart(2, "0"));
    const byBucket = (family: Metrics["bucketRequests"]) =>
      buckets.map((bucket) => family.series({ experiment, phase, stratum, model_version: name, bucket }));
    const assignment = (kind: (typeof ASSIGNMENTS)[number]) =>
      metrics.assignments.series({ experiment, phase, model_version: name, assignment: kind });
    this.assignments = {
      hashed: assignment("hashed"),
      forced: assignment("forced"),
      fallback: assignment("fallback"),
    };
    this.contaminated = metrics.contaminated.series({ experiment, phase, model_version: name });
    this.bucketExpected = byBucket(metrics.bucketExpectedAssignments);
    this.bucketAssignments = byBucket(metrics.bucketAssignments);
    this.#exposures = byBucket(metrics.bucketRequests);
    this.#errors = byBucket(metrics.bucketErrors);
    this.#slow = byBucket(metrics.bucketSlow);
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

  /** An exposure took longer than the analysis allows. */
  slow(analysisBucket: number): void {
    (this.#slow[analysisBucket] as Series).value++;
  }
}
