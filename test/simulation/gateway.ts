import type { Sample } from "../../analysis/src/evidence/reading.ts";
import { createAssignment } from "../../proxy/src/experiment/assignment.ts";
import { expose } from "../../proxy/src/metrics/expose.ts";
import { createMetrics, type Metrics } from "../../proxy/src/metrics/metrics.ts";
import { createExperimentRecord } from "../../proxy/src/metrics/record.ts";
import { Tally } from "../../proxy/src/outcomes/tally.ts";
import { ExpositionReader } from "../../proxy/src/page/exposition.ts";
import { CONTROL, EXPERIMENT, TREATMENT } from "./plan.ts";

const FAMILIES = [
  "ab_bucket_expected_assignments_total",
  "ab_bucket_assignments_total",
  "ab_bucket_requests_total",
  "ab_bucket_errors_total",
  "ab_bucket_slow_requests_total",
  "ab_bucket_outcomes_total",
];
const NAMES = [CONTROL, TREATMENT] as const;

interface Seat {
  readonly variant: 0 | 1;
  readonly analysisBucket: number;
}

/** The counters of a gateway, counted by its own code; what is between the caller and them is left out. */
export class SimulatedGateway {
  readonly #salt: string;
  #metrics: Metrics;
  #tally: Tally;
  #weights: readonly number[] = [50, 50];
  #record: ReturnType<typeof createExperimentRecord>;
  #assign: ReturnType<typeof createAssignment>;
  #seats = new Map<string, Seat>();

  constructor(salt: string) {
    this.#salt = salt;
    this.#metrics = createMetrics({ residentBytes: () => 0, cpuSeconds: () => 0 });
    this.#tally = new Tally(this.#metrics.outcomes);
    this.#record = this.#createRecord();
    this.#assign = createAssignment({ salt, weights: this.#weights });
  }

  /** A reload with other weights. */
  reload(weights: readonly [number, number]): void {
    this.#weights = weights;
    this.#assign = createAssignment({ salt: this.#salt, weights });
    this.#seats = new Map();
    this.#record = this.#createRecord();
  }

  /** Every counter begins at 0 again; nothing is kept in a journal. */
  restart(): void {
    this.stop();
    this.#metrics = createMetrics({ residentBytes: () => 0, cpuSeconds: () => 0 });
    this.#tally = new Tally(this.#metrics.outcomes);
    this.#record = this.#createRecord();
  }

  /** Decides who answers a user. */
  decide(user: string): Seat {
    let seat = this.#seats.get(user);
    if (seat === undefined) {
      seat = this.#assign.assign(user) as Seat;
      this.#seats.set(user, seat);
    }
    this.#record.decided(seat.variant, seat.analysisBucket);
    return seat;
  }

  /** The answer's first byte goes to the caller. */
  answer({ variant, analysisBucket }: Seat, hasFailed: boolean): void {
    const record = this.#record.variants[variant];
    record?.exposed(analysisBucket);
    if (hasFailed) record?.failed(analysisBucket);
  }

  convert({ variant, analysisBucket }: Seat): void {
    this.#tally.count(
      {
        experiment: EXPERIMENT,
        phase: 1,
        stratum: this.#record.stratum,
        variant: NAMES[variant],
        analysisBucket,
        name: "converted",
        amount: undefined,
        labels: undefined,
        ratingError: undefined,
        delaySeconds: 1,
      },
      0,
    );
  }

  /** The counters as they stand, without the text between. */
  samples(): readonly Sample[] {
    const { bucketExpectedAssignments, bucketAssignments, bucketRequests, bucketErrors, outcomes } =
      this.#metrics;
    return [
      ...[bucketExpectedAssignments, bucketAssignments, bucketRequests, bucketErrors],
      outcomes.bucketOutcomes,
    ].flatMap((family) =>
      family.samples().map(({ labels, value }) => ({ name: family.name, labels, value })),
    );
  }

  /** As they are read of `/metrics`. */
  async scrape(): Promise<readonly Sample[]> {
    const reader = new ExpositionReader(new Map(FAMILIES.map((name) => [name, undefined])));
    reader.push(Buffer.from(await expose(this.#metrics.registry)));
    return reader.end();
  }

  stop(): void {
    this.#metrics.stop();
  }

  #createRecord() {
    return createExperimentRecord(this.#metrics, {
      experiment: EXPERIMENT,
      phase: 1,
      maxInFlight: 1000,
      variants: NAMES.map((name, index) => ({
        name,
        weight: this.#weights[index] as number,
        control: index === 0,
      })),
    });
  }
}
