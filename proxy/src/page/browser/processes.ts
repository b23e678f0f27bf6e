import type { GatewayVariantNumbers, OpenSnapshot, WorkerNumbers } from "../snapshot.ts";
import { type Histogram, histogramOf } from "./histogram.ts";

/** What only grows, of one variant: some of it counted by gateways, some by workers. */
export type VariantCounters = {
  readonly requests?: Readonly<Record<string, number>>;
  readonly assignments?: number;
  readonly expectedAssignments?: number;
  readonly exposures?: number;
  readonly wait?: Histogram;
  readonly predictions?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly inference?: Histogram;
  readonly batches?: number;
  readonly batchedSequences?: number;
};

/** What one process says of itself: its variants', and what shows how busy it is. */
export type ProcessCounters = {
  readonly variants: Readonly<Record<string, VariantCounters>>;
  /** Requests of a gateway; seconds in model runs of a worker. */
  readonly activity: number;
  /** Seconds since 1970, where it says so: another value is another process, whose counters began at 0. */
  readonly startedAt?: number;
};

export function gatewayKey(address: string): string {
  return `gateway ${address}`;
}

export function workerKey({ variant, address }: { variant: string; address: string }): string {
  return `worker ${variant} ${address}`;
}

/** The counters of each process that answered, by its key; gauges are left out. */
export function countersOf({ gateways, workers }: OpenSnapshot): Readonly<Record<string, ProcessCounters>> {
  const processes: Record<string, ProcessCounters> = {};
  for (const { address, numbers } of gateways) {
    if (numbers === undefined) continue;
    const variants = Object.entries(numbers.variants).map(([name, said]) => [name, countedByGateway(said)]);
    const activity = Object.values(numbers.variants).reduce(
      (sum, { requests }) => sum + Object.values(requests).reduce((all, count) => all + count, 0),
      0,
    );
    processes[gatewayKey(address)] = { variants: Object.fromEntries(variants), activity };
  }
  for (const worker of workers) {
    const { numbers, variant } = worker;
    if (numbers === undefined) continue;
    const variants = { [variant]: countedByWorker(numbers) };
    processes[workerKey(worker)] = {
      variants,
      activity: numbers.busySeconds ?? 0,
      ...(numbers.startedAtSeconds === undefined ? {} : { startedAt: numbers.startedAtSeconds }),
    };
  }
  return processes;
}

/** Every process that the snapshot speaks of, whether it answered or not. */
export function keysOf({ gateways, workers }: OpenSnapshot): ReadonlySet<string> {
  return new Set([...gateways.map(({ address }) => gatewayKey(address)), ...workers.map(workerKey)]);
}

function countedByGateway(said: GatewayVariantNumbers): VariantCounters {
  const { requests, assignments, expectedAssignments, exposures, duration } = said;
  return { requests, assignments, expectedAssignments, exposures, wait: histogramOf(duration) };
}

function countedByWorker({
  predictions,
  inference,
  batches,
  batchedSequences,
}: WorkerNumbers): VariantCounters {
  return {
    predictions,
    ...(inference === undefined ? {} : { inference: histogramOf(inference) }),
    ...(batches === undefined ? {} : { batches }),
    ...(batchedSequences === undefined ? {} : { batchedSequences }),
  };
}
