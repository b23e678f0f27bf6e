import type { Registry } from "prom-client";
import type { Config } from "../config/config.ts";
import type { Log } from "../log.ts";
import { familiesOf, type Labels } from "./series.ts";
import type { ExperimentLabels } from "./variant-record.ts";

const SWEEP_MS = 60_000;
const DAY_MS = 86_400_000;
/** Of each kind (experiments, phases, strata): a stratum of two variants is 800 series and more. */
const MOST_ENDED = 20;
/** Of the running phase, whose outcomes still come. */
const MOST_STRATA = 200;

/** What series are kept for together: an experiment, a phase of it, or a stratum of that. */
interface Life {
  readonly experiment: string;
  readonly phase: string | undefined;
  readonly stratum: string | undefined;
}

interface Ended extends Life {
  /** Milliseconds since 1970. */
  readonly endedAt: number;
}

/** How long counts of what has ended stay: as long as an outcome may come for it. Milliseconds. */
export function keptMsOf({ outcomes, reload }: Pick<Config, "outcomes" | "reload">): number {
  // A replaced generation still answers, and gives tokens, until its deadline.
  return (outcomes?.maxAgeMs ?? DAY_MS) + reload.deadlineMs;
}

/**
 * Ends the series of experiments, phases and strata that no longer run, when nothing can be counted there any more. It
 * knows them by their labels, so that it finds what late outcomes have brought back too.
 */
export class SeriesLifetimes {
  readonly #registry: Registry;
  readonly #log: Log;
  readonly #now: () => number;
  readonly #onForgotten: (labels: Labels) => void;
  readonly #mostStrata: number;
  readonly #timer: NodeJS.Timeout;
  #ended = new Map<string, Ended>();
  #running: ExperimentLabels | undefined;
  #keptMs = 0;

  /**
   * @param options.now milliseconds since 1970
   * @param options.mostStrata that ended in the running phase and are kept; beyond, the oldest go before their time
   * @param options.onForgotten told which series went, for whoever would bring them back
   */
  constructor(
    registry: Registry,
    options: {
      readonly log: Log;
      readonly now: () => number;
      readonly mostStrata?: number;
      readonly onForgotten?: (labels: Labels) => void;
    },
  ) {
    const { log, now, mostStrata = MOST_STRATA, onForgotten = () => undefined } = options;
    this.#mostStrata = mostStrata;
    this.#onForgotten = onForgotten;
    this.#registry = registry;
    this.#log = log;
    this.#now = now;
    this.#timer = setInterval(() => this.#sweep(), SWEEP_MS).unref();
  }

  /** From now on this runs, and nothing else. */
  run(running: ExperimentLabels, keptMs: number): void {
    this.#running = running;
    this.#keptMs = keptMs;
    this.#sweep();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #sweep(): void {
    const now = this.#now();
    const ended = new Map<string, Ended>();
    for (const [key, life] of this.#livesThatEnded())
      ended.set(key, this.#ended.get(key) ?? { ...life, endedAt: now });
    this.#ended = ended;
    const isCurrent = (life: Life) => isStratum(life) && this.#isOfRunningPhase(life);
    const kinds = [
      { isOfKind: isCurrent, most: this.#mostStrata },
      { isOfKind: (life: Life) => isStratum(life) && !isCurrent(life), most: MOST_ENDED },
      { isOfKind: isPhase, most: MOST_ENDED },
      { isOfKind: isExperiment, most: MOST_ENDED },
    ];
    for (const { isOfKind, most } of kinds) {
      const newestFirst = [...ended.values()]
        .filter(isOfKind)
        .sort((one, other) => other.endedAt - one.endedAt);
      for (const [place, life] of newestFirst.entries())
        if (now - life.endedAt >= this.#keptMs) this.#forget(life);
        else if (place >= most) {
          this.#log.error(
            { ...life, most },
            "counts go before their time, because too much has ended: change weights and phases less often, or shorten outcomes.max_age",
          );
          this.#forget(life);
        }
    }
  }

  #livesThatEnded(): Map<string, Life> {
    const lives = new Map<string, Life>();
    for (const family of familiesOf(this.#registry))
      for (const labels of family.labelSets()) {
        const { experiment, phase, stratum } = labels;
        if (experiment === undefined) continue;
        const life = { experiment, phase, stratum };
        if (!this.#isRunning(life)) lives.set(keyOf(life), life);
      }
    return lives;
  }

  #isRunning({ experiment, phase, stratum }: Life): boolean {
    const running = this.#running;
    return (
      running === undefined ||
      (experiment === running.experiment &&
        (phase ?? running.phase) === running.phase &&
        (stratum ?? running.stratum) === running.stratum)
    );
  }

  #isOfRunningPhase({ experiment, phase }: Life): boolean {
    return experiment === this.#running?.experiment && phase === this.#running.phase;
  }

  #forget(life: Ended): void {
    const { experiment, phase, stratum } = life;
    const labels: Labels = {
      experiment,
      ...(phase === undefined ? {} : { phase }),
      ...(stratum === undefined ? {} : { stratum }),
    };
    for (const family of familiesOf(this.#registry)) family.remove(labels);
    this.#onForgotten(labels);
    this.#ended.delete(keyOf(life));
    this.#log.info(labels, "counts of what has ended are gone");
  }
}

const isStratum = ({ stratum }: Life) => stratum !== undefined;
const isPhase = ({ phase, stratum }: Life) => phase !== undefined && stratum === undefined;
const isExperiment = ({ phase }: Life) => phase === undefined;

function keyOf({ experiment, phase, stratum }: Life): string {
  return JSON.stringify([experiment, phase, stratum]);
}
