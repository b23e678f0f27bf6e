import type { Config } from "../../../proxy/src/config/config.ts";
import type { Log } from "../../../proxy/src/log.ts";
import { Attendance } from "../../../proxy/src/page/attendance.ts";
import { ReadingBudget } from "../../../proxy/src/page/budget.ts";
import type { Wanted } from "../../../proxy/src/page/exposition.ts";
import { Lanes } from "../../../proxy/src/page/lanes.ts";
import { Names } from "../../../proxy/src/page/names.ts";
import { type AskingSettings, askProcesses, type Process } from "../../../proxy/src/page/processes.ts";
import { resolveName } from "../../../proxy/src/upstream/name.ts";
import type { ProcessReading, Reading, Sample } from "../evidence/reading.ts";
import { gatewayServices, workerServices } from "./direct-services.ts";
import { COUNTED_FAMILIES, CPU_FAMILY, GATEWAY_MARK, JOURNAL_FAMILY, WORKER_FAMILIES } from "./families.ts";
import { ProcessKeys } from "./process-keys.ts";

const MIB = 1024 * 1024;
const ASKED = { atOnce: 16, inAll: 400 };
/** Some 5,000 samples a stratum, where outcomes of three labels are counted by bucket. */
const MOST_OF_GATEWAY = { bytes: 64 * MIB, samples: 300_000 };
const MOST_OF_WORKER = { bytes: 4 * MIB, samples: 20_000 };
const MOST_IN_ALL = { bytes: 256 * MIB, samples: 1_000_000 };

const WORKER_WANTED: Wanted = new Map(WORKER_FAMILIES.map((name) => [name, undefined]));

export interface DirectReaderOptions {
  readonly config: Config;
  readonly deadlineMs: number;
  /** Of `memory`, from before a restart. */
  readonly saved?: unknown;
  readonly log: Log;
}

/** Reads the gateways' and workers' own `/metrics`. */
export class DirectReader {
  readonly #options: DirectReaderOptions;
  readonly #names = new Names(resolveName);
  readonly #attendance = new Attendance();
  readonly #keys: ProcessKeys;
  readonly #wanted: Wanted;
  /** Told of once, until it answers again. */
  readonly #silent = new Set<string>();

  constructor(options: DirectReaderOptions) {
    this.#options = options;
    this.#keys = new ProcessKeys(options.saved);
    const ofExperiment = `experiment="${options.config.experiment.name}"`;
    this.#wanted = new Map<string, string | undefined>([
      ...COUNTED_FAMILIES.map((name) => [name, ofExperiment] as const),
      [GATEWAY_MARK, undefined],
      [JOURNAL_FAMILY, undefined],
      [CPU_FAMILY, undefined],
    ]);
  }

  /** Never rejects: whoever does not answer is a process that could not be read. */
  async read(at: number, signal: AbortSignal): Promise<Reading> {
    const { config, deadlineMs } = this.#options;
    this.#attendance.begin();
    const shared = {
      names: this.#names,
      attendance: this.#attendance,
      lanes: new Lanes(ASKED),
      budget: new ReadingBudget(MOST_IN_ALL),
      deadlineMs,
      signal,
    };
    const [gateways, ...workers] = await Promise.all([
      this.#askGateways({ ...shared, wanted: this.#wanted, most: MOST_OF_GATEWAY }),
      ...config.variants.map((variant) =>
        this.#askWorkers(variant, { ...shared, wanted: WORKER_WANTED, most: MOST_OF_WORKER }),
      ),
    ]);
    return { at, processes: [...gateways, ...workers.flat()] };
  }

  memory(): unknown {
    return this.#keys.save();
  }

  stop(): void {
    this.#names.stop();
  }

  async #askGateways(settings: AskingSettings): Promise<ProcessReading[]> {
    const services = gatewayServices(this.#options.config);
    const found = (await Promise.all(services.map((service) => askProcesses(service, settings)))).flat();
    const read = new Map<string, ProcessReading>();
    const groups = [...byInstance(found)].map(([name, processes]) => ({
      processes,
      addresses: processes.map(({ address }) => address),
      instance: name.startsWith("at ") ? undefined : name,
    }));
    const keys = this.#keys.keysOf(groups);
    for (const [index, { processes, instance }] of groups.entries()) {
      const key = keys[index] ?? "";
      const samples = processes.find(({ samples }) => samples !== undefined)?.samples ?? [];
      read.set(key, {
        process: `gateway ${key}`,
        tier: "gateway",
        instance,
        samples: this.#ofPhase(samples),
      });
    }
    for (const process of found) {
      const key = this.#keys.keyAt(process.address);
      this.#note(`gateway ${process.address}`, problemOf(process));
      // An address where nobody answers, of a gateway that answers elsewhere, is nothing that is missing.
      if (!read.has(key)) read.set(key, { process: `gateway ${key}`, tier: "gateway", samples: undefined });
    }
    return [...read.values()];
  }

  async #askWorkers(
    variant: Config["variants"][number],
    settings: AskingSettings,
  ): Promise<ProcessReading[]> {
    const asked = workerServices(variant).map((service) => askProcesses(service, settings));
    return (await Promise.all(asked)).flat().map((process) => ({
      process: `worker ${variant.name} ${process.address}`,
      tier: "worker",
      samples: samplesOfWorker(process, variant.name),
    }));
  }

  #ofPhase(samples: readonly Sample[]): readonly Sample[] {
    const phase = String(this.#options.config.experiment.phase);
    return samples.filter(({ labels }) => labels.phase === undefined || labels.phase === phase);
  }

  #note(process: string, problem: string | undefined): void {
    if (problem === undefined) {
      if (this.#silent.delete(process)) this.#options.log.info({ process }, "it can be read again");
    } else if (!this.#silent.has(process)) {
      this.#silent.add(process);
      this.#options.log.warn({ process, problem }, "it cannot be read; its counts stand as they were");
    }
  }
}

function problemOf({ samples, problem }: Process): string | undefined {
  if (samples === undefined) return problem;
  return isGateway(samples) ? undefined : "It is no gateway.";
}

function isGateway(samples: readonly Sample[]): boolean {
  return samples.some(({ name }) => name === GATEWAY_MARK);
}

/** Gateways that answered; one without a name of its own is known by its address. */
function byInstance(processes: readonly Process[]): ReadonlyMap<string, readonly Process[]> {
  const answering = processes.filter(({ samples }) => samples !== undefined && isGateway(samples));
  return Map.groupBy(answering, ({ instance, address }) => instance ?? `at ${address}`);
}

/** Another's service without /metrics was read, and says nothing. */
function samplesOfWorker(process: Process, variant: string): readonly Sample[] | undefined {
  if (process.samples !== undefined) return asVariant(process.samples, variant);
  return process.hasAnswered ? [] : undefined;
}

/** A server of a single model may call it as it likes: it is the variant's. */
function asVariant(samples: readonly Sample[], variant: string): readonly Sample[] {
  const models = new Set(samples.flatMap(({ labels }) => labels.model_version ?? []));
  if (models.has(variant))
    return samples.filter(({ labels }) => (labels.model_version ?? variant) === variant);
  if (models.size > 1) return [];
  return samples.map((sample) =>
    sample.labels.model_version === undefined
      ? sample
      : { ...sample, labels: { ...sample.labels, model_version: variant } },
  );
}
