import type { ProcessReading } from "./reading.ts";
import { addWork, readWorker, type WorkerCounts, type WorkerWork, workOf } from "./worker-counts.ts";

/** More are forgotten, the first seen first. */
const MOST_PROCESSES = 1000;

/** The workers of one variant. */
export interface WorkerEvidence {
  readonly variant: string;
  /** Processes of the last reading, those that could not be read included. */
  readonly replicas: number;
  readonly work: WorkerWork;
  /** Mean of the processes; undefined where none says. */
  readonly residentBytes: number | undefined;
  /** Every value that each setting has in some process. */
  readonly settings: ReadonlyMap<string, ReadonlySet<string>>;
}

export interface WorkerBookState {
  readonly processes: {
    readonly process: string;
    readonly variant: string | null;
    readonly counters: [string, number][];
    readonly residentBytes: number | null;
    readonly settings: [string, string][];
  }[];
  readonly sums: [variant: string, sums: [string, number][]][];
}

/**
 * Workers count for no phase: what one had counted when it was seen first is not of the phase, and is left out.
 */
export class WorkerBook {
  #last = new Map<string, WorkerCounts>();
  #present = new Set<string>();
  readonly #sums = new Map<string, Map<string, number>>();

  take(readings: readonly ProcessReading[]): void {
    this.#present = new Set(readings.map(({ process }) => process));
    for (const { process, samples } of readings) {
      if (samples === undefined) continue;
      const now = readWorker(samples);
      const before = this.#last.get(process);
      if (before !== undefined && now.variant !== undefined && now.variant === before.variant) {
        const sums = this.#sums.get(now.variant) ?? new Map<string, number>();
        this.#sums.set(now.variant, sums);
        addWork(sums, now, before);
      }
      this.#last.delete(process);
      this.#last.set(process, now);
    }
    for (const process of this.#last.keys()) {
      if (this.#last.size <= MOST_PROCESSES) break;
      this.#last.delete(process);
    }
  }

  of(variant: string): WorkerEvidence {
    const running = [...this.#last].flatMap(([process, counts]) =>
      counts.variant === variant && this.#present.has(process) ? [counts] : [],
    );
    const resident = running.flatMap(({ residentBytes }) => residentBytes ?? []);
    const settings = new Map<string, Set<string>>();
    for (const counts of running)
      for (const [name, value] of counts.settings) {
        const values = settings.get(name) ?? new Set<string>();
        settings.set(name, values.add(value));
      }
    return {
      variant,
      replicas: running.length,
      work: workOf(this.#sums.get(variant) ?? new Map()),
      residentBytes:
        resident.length === 0 ? undefined : resident.reduce((sum, bytes) => sum + bytes, 0) / resident.length,
      settings,
    };
  }

  toJSON(): WorkerBookState {
    return {
      processes: [...this.#last].map(([process, counts]) => ({
        process,
        variant: counts.variant ?? null,
        counters: [...counts.counters],
        residentBytes: counts.residentBytes ?? null,
        settings: [...counts.settings],
      })),
      sums: [...this.#sums].map(([variant, sums]): [string, [string, number][]] => [variant, [...sums]]),
    };
  }

  restore(state: WorkerBookState): void {
    this.#last = new Map(
      state.processes.map(({ process, variant, counters, residentBytes, settings }) => [
        process,
        {
          variant: variant ?? undefined,
          counters: new Map(counters),
          residentBytes: residentBytes ?? undefined,
          settings: new Map(settings),
        },
      ]),
    );
    this.#present = new Set(this.#last.keys());
    for (const [variant, sums] of state.sums) this.#sums.set(variant, new Map(sums));
  }
}
