import { type Change, listChanges } from "./config/changes.ts";
import type { ReloadOutcome } from "./config/store.ts";
import type { Generation } from "./generation.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics/metrics.ts";

/** What log and metrics say of configurations that were accepted and refused. */
export class ReloadReport {
  readonly #metrics: Metrics;
  readonly #log: Log;
  readonly #file: string;

  constructor(metrics: Metrics, log: Log, file: string) {
    this.#metrics = metrics;
    this.#log = log;
    this.#file = file;
    for (const result of ["swapped", "unchanged", "rejected"]) metrics.reloads.series({ result });
  }

  accepted(): void {
    this.#metrics.reloadSuccessful.series().value = 1;
    this.#metrics.reloadTimestamp.series().value = Date.now() / 1000;
  }

  replaced(before: Generation, after: Generation): void {
    const changes = [
      ...listChanges(before.loaded.config, after.loaded.config),
      ...listStops(namesOf(before), namesOf(after)),
    ];
    this.#log.info({ generation: after.number, changes }, "the configuration changes");
  }

  /** @param weights of the configuration that runs afterwards, by variant */
  ended(outcome: ReloadOutcome, weights: Readonly<Record<string, number>>): void {
    const { result, trigger, hash, previousHash, problems } = outcome;
    this.#metrics.reloads.series({ result }).value++;
    if (result === "rejected") {
      this.#metrics.reloadSuccessful.series().value = 0;
      this.#log.error(
        { trigger, hash, file: this.#file, problems },
        "reload rejected: the previous configuration stays",
      );
      return;
    }
    this.accepted();
    if (result === "unchanged") this.#log.debug({ trigger, hash }, "the configuration is unchanged");
    else this.#log.info({ trigger, result, hash, previousHash, weights }, "reloaded");
  }
}

const namesOf = ({ stops }: Generation) => stops.map(({ variant }) => variant);

function listStops(from: readonly string[], to: readonly string[]): Change[] {
  return from.join() === to.join() ? [] : [{ path: "stopped", from, to }];
}
