import type { Config } from "../../../proxy/src/config/config.ts";
import type { Log } from "../../../proxy/src/log.ts";
import { untilMoment } from "./clock.ts";
import { DirectReader } from "./direct-reader.ts";
import { gatewayUrls } from "./direct-services.ts";
import { gridBefore, type Source, type Step } from "./step.ts";

/** A gateway that is killed takes with it what it counted since it was read last. */
const LONGEST_POLL_MS = 5_000;
const LONGEST_DEADLINE_MS = 4_000;

export interface DirectSourceOptions {
  readonly config: Config;
  readonly stepMs: number;
  readonly saved: unknown;
  readonly now: () => number;
  readonly log: Log;
}

/** Reads the processes themselves, every few seconds: they keep nothing of the past. */
export class DirectSource implements Source {
  /** They have no past to read. */
  readonly isCaughtUp = true;
  readonly #options: DirectSourceOptions;
  readonly #reader: DirectReader;
  readonly #pollsOfStep: number;

  constructor(options: DirectSourceOptions) {
    const { config, stepMs, saved, log } = options;
    this.#options = options;
    this.#pollsOfStep = Math.ceil(stepMs / LONGEST_POLL_MS);
    const deadlineMs = Math.min(LONGEST_DEADLINE_MS, (0.8 * stepMs) / this.#pollsOfStep);
    this.#reader = new DirectReader({ config, deadlineMs, saved, log });
    if (gatewayUrls(config).length === 0)
      log.error(
        "no gateway can be read: admin.port is 0; name the admin listeners with judge.gateways or --gateways",
      );
  }

  async *steps(_since: number | undefined, signal: AbortSignal): AsyncGenerator<Step> {
    const { now } = this.#options;
    while (!signal.aborted) {
      const at = this.#nextPoll(now());
      await untilMoment(at, now, signal);
      if (signal.aborted) return;
      const step = await this.#poll(at, signal);
      // What was called off reads as if nobody had answered.
      if (signal.aborted) return;
      yield step;
    }
  }

  /** Counters as they are now, at the last look that has gone by. */
  async *stepsUntil(since: number | undefined, until: number): AsyncGenerator<Step> {
    const at = gridBefore(until, this.#options.stepMs);
    if (since !== undefined && at <= since) return;
    yield await this.#poll(at, new AbortController().signal);
  }

  memory(): unknown {
    return this.#reader.memory();
  }

  async stop(): Promise<void> {
    this.#reader.stop();
  }

  async #poll(at: number, signal: AbortSignal): Promise<Step> {
    const reading = await this.#reader.read(at, signal);
    return { at, readings: [reading], isLook: at % this.#options.stepMs === 0 };
  }

  /** Polls divide each step evenly, so that its end is one of them. */
  #nextPoll(after: number): number {
    const { stepMs } = this.#options;
    const from = gridBefore(after, stepMs);
    const done = Math.floor(((after - from) * this.#pollsOfStep) / stepMs);
    return from + Math.round(((done + 1) * stepMs) / this.#pollsOfStep);
  }
}
