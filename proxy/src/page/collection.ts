import { setImmediate as nextTurn } from "node:timers/promises";
import type { ReloadOutcome } from "../config/store.ts";
import { lettersOf } from "../experiment/letters.ts";
import type { Generation } from "../generation.ts";
import type { ExperimentShape } from "../metrics/record.ts";
import type { Attendance } from "./attendance.ts";
import { ReadingBudget } from "./budget.ts";
import { GATEWAY_SAMPLES } from "./gateway-numbers.ts";
import { askOtherGateways, type OwnGateway, readOwnGateway } from "./gateways.ts";
import { Lanes } from "./lanes.ts";
import type { Names } from "./names.ts";
import { type AskingSettings, askProcesses, type Process } from "./processes.ts";
import type { GatewaySnapshot, WorkerSnapshot } from "./snapshot.ts";
import { readWorkerNumbers, WORKER_SAMPLES } from "./worker-numbers.ts";

/** Of one process. */
const ASK_DEADLINE_MS = 1_500;
/** Enough for any real experiment, and no more than this process has sockets and time for. */
const ASKED = { atOnce: 16, inAll: 200 };
const MIB = 1024 * 1024;
/** A worker of ours has some hundred samples in 40 KiB. */
const MOST_OF_WORKER = { bytes: MIB, samples: 4_000 };
/**
 * A gateway with a hundred variants writes some 19 MiB, of which some 20,000 samples are read; one with two writes a
 * quarter of a MiB, and as much again after each change of the weights.
 */
const MOST_OF_GATEWAY = { bytes: 32 * MIB, samples: 60_000 };
/** What is read within a second while somebody watches, however many processes there are. */
const MOST_IN_ALL = { bytes: 64 * MIB, samples: 120_000 };

/** What all processes of one experiment said at one moment. */
export interface Collected {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly shape: ExperimentShape;
  /** What its configuration calls the variants where they are masked, by name. */
  readonly letters: ReadonlyMap<string, string>;
  /** Number of the configuration that was running. */
  readonly generation: number;
  /** The one that asked is the first. */
  readonly gateways: readonly GatewaySnapshot[];
  /** By variant in file order, then by address. */
  readonly workers: readonly WorkerSnapshot[];
  /** Oldest first. */
  readonly reloads: readonly ReloadOutcome[];
}

export interface CollectionSource extends OwnGateway {
  current(): Generation;
  history(): readonly ReloadOutcome[];
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** What outlives a collection. */
export interface Known {
  readonly names: Names;
  readonly attendance: Attendance;
}

/** Asks every worker and the other gateways, all at once. Resolves soon after the signal at the latest; never rejects. */
export async function collect(
  source: CollectionSource,
  { names, attendance }: Known,
  signal: AbortSignal,
): Promise<Collected> {
  const generation = source.current();
  const { shape, number, loaded } = generation;
  const at = source.now();
  attendance.begin();
  const shared = {
    names,
    attendance,
    signal,
    deadlineMs: ASK_DEADLINE_MS,
    lanes: new Lanes(ASKED),
    budget: new ReadingBudget(MOST_IN_ALL),
  };
  const [own, others, workers] = await Promise.all([
    readOwnGateway(source, shape),
    askOtherGateways(source.instance, generation, {
      ...shared,
      wanted: GATEWAY_SAMPLES,
      most: MOST_OF_GATEWAY,
    }),
    askWorkers(generation, { ...shared, wanted: WORKER_SAMPLES, most: MOST_OF_WORKER }),
  ]);
  return {
    at,
    shape,
    letters: lettersOf(loaded.config),
    generation: number,
    gateways: [own, ...others],
    workers,
    reloads: source.history(),
  };
}

async function askWorkers(generation: Generation, settings: AskingSettings): Promise<WorkerSnapshot[]> {
  const asked = generation.variants.map(async ({ name, upstreams }) => {
    // Several path prefixes of one server are one process.
    const services = new Map(
      upstreams.all.map((upstream) => [`${upstream.origin} ${upstream.authority}`, upstream]),
    );
    const processes = await Promise.all(
      [...services.values()].map((service) => askProcesses(service, settings)),
    );
    return processes.flat().map((process) => ({ name, process }));
  });
  const workers: WorkerSnapshot[] = [];
  for (const { name, process } of (await Promise.all(asked)).flat()) {
    await nextTurn();
    workers.push(readWorker(name, process));
  }
  return workers;
}

function readWorker(variant: string, process: Process): WorkerSnapshot {
  const { address, problem, samples } = process;
  if (samples === undefined) return { variant, address, problem, hasAnswered: process.hasAnswered };
  const read = readWorkerNumbers(samples, variant);
  return { variant, address, ...read, ...("problem" in read ? { hasAnswered: true } : {}) };
}
