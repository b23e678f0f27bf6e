import type { GatewaySnapshot, GatewayVariantNumbers, OpenSnapshot, WorkerNumbers } from "../snapshot.ts";
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
};

/** What shows how busy one process is; only grows. */
export type Activity = {
  /** Requests of a gateway; seconds in model runs of a worker. */
  readonly amount: number;
  /** Of a worker: runs of its model, and the texts, or windows of long ones, in them. */
  readonly batches?: number;
  readonly batchedSequences?: number;
};

/** What one process counted since it began. */
export type ProcessCounters = {
  readonly variants: Readonly<Record<string, VariantCounters>>;
  readonly activity: Activity;
};

/** What one process says of itself. */
export interface ProcessWords {
  readonly counters: ProcessCounters;
  /** Another one is another process, whose counters began at 0; undefined where it does not say. */
  readonly life: string | undefined;
}

/** By what it calls itself, as one process can have several addresses, and one address several processes in turn. */
export function gatewayKey({ instance, address }: Pick<GatewaySnapshot, "instance" | "address">): string {
  return `gateway ${instance ?? address}`;
}

export function workerKey({ variant, address }: { variant: string; address: string }): string {
  return `worker ${variant} ${address}`;
}

/** The counters of each process that answered, by its key; gauges are left out. */
export function wordsOf({ gateways, workers }: OpenSnapshot): Readonly<Record<string, ProcessWords>> {
  const processes: Record<string, ProcessWords> = {};
  for (const gateway of gateways) {
    const { numbers, instance } = gateway;
    if (numbers === undefined) continue;
    const variants = Object.entries(numbers.variants).map(([name, said]) => [name, countedByGateway(said)]);
    const amount = Object.values(numbers.variants).reduce(
      (sum, { requests }) => sum + Object.values(requests).reduce((all, count) => all + count, 0),
      0,
    );
    processes[gatewayKey(gateway)] = {
      counters: { variants: Object.fromEntries(variants), activity: { amount } },
      life: instance,
    };
  }
  for (const worker of workers) {
    const { numbers, variant } = worker;
    if (numbers === undefined) continue;
    const { busySeconds: amount = 0, batches, batchedSequences, startedAtSeconds } = numbers;
    processes[workerKey(worker)] = {
      counters: {
        variants: { [variant]: countedByWorker(numbers) },
        activity: {
          amount,
          ...(batches === undefined ? {} : { batches }),
          ...(batchedSequences === undefined ? {} : { batchedSequences }),
        },
      },
      life: startedAtSeconds === undefined ? undefined : String(startedAtSeconds),
    };
  }
  return processes;
}

/** Every process that the snapshot speaks of, whether it answered or not. */
export function keysOf({ gateways, workers }: OpenSnapshot): ReadonlySet<string> {
  return new Set([...gateways.map(gatewayKey), ...workers.map(workerKey)]);
}

function countedByGateway(said: GatewayVariantNumbers): VariantCounters {
  const { requests, assignments, expectedAssignments, exposures, duration } = said;
  return { requests, assignments, expectedAssignments, exposures, wait: histogramOf(duration) };
}

function countedByWorker({ predictions, inference }: WorkerNumbers): VariantCounters {
  return {
    predictions,
    ...(inference === undefined ? {} : { inference: histogramOf(inference) }),
  };
}
