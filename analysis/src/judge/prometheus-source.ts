import type { Config } from "../../../proxy/src/config/config.ts";
import type { Log } from "../../../proxy/src/log.ts";
import { untilMoment } from "./clock.ts";
import { PrometheusClient, PrometheusError } from "./prometheus-client.ts";
import { PrometheusReader } from "./prometheus-reader.ts";
import { gridBefore, type Source, type Step } from "./step.ts";

/** Samples of a moment may come in this much later: a scrape takes up to ten seconds, and stands at its beginning. */
const SETTLE_MS = 10_000;
const RETRY_MS = 15_000;
const PROGRESS_MS = 5_000;

export interface PrometheusSourceOptions {
  readonly url: string;
  readonly config: Pick<Config, "experiment" | "variants">;
  readonly stepMs: number;
  readonly now: () => number;
  readonly log: Log;
}

/** Reads a Prometheus: first whatever has not been looked at since the phase began, then each step as it ends. */
export class PrometheusSource implements Source {
  readonly #options: PrometheusSourceOptions;
  readonly #client: PrometheusClient;
  readonly #reader: PrometheusReader;
  #isCaughtUp = false;

  constructor(options: PrometheusSourceOptions) {
    this.#options = options;
    this.#client = new PrometheusClient(options.url);
    this.#reader = new PrometheusReader(this.#client, options.config, options.stepMs);
  }

  get isCaughtUp(): boolean {
    return this.#isCaughtUp;
  }

  async *steps(since: number | undefined, signal: AbortSignal): AsyncGenerator<Step> {
    const { stepMs, now, log } = this.#options;
    const settleMs = this.#settleMs;
    let isBehind = false;
    let next = since === undefined ? undefined : since + stepMs;
    while (!signal.aborted) {
      const last = gridBefore(now() - settleMs, stepMs);
      if (next !== undefined && next - stepMs > now() !== isBehind) {
        isBehind = !isBehind;
        if (isBehind)
          log.error(
            { read_until: new Date(next - stepMs).toISOString() },
            "the clock is behind what was read already: nothing is read until then; if it was ahead before and is right now, start the judge anew",
          );
      }
      let wakeAt = last + stepMs + settleMs;
      try {
        next ??= await this.#reader.findFirst(now());
        for await (const step of this.#catchUp(next, last)) {
          yield step;
          next = step.at + stepMs;
          if (signal.aborted) return;
        }
        this.#isCaughtUp = true;
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof PrometheusError)) throw error;
        log.warn({ err: error, next }, "Prometheus could not be read; what is missed is read later");
        wakeAt = Math.min(wakeAt, now() + RETRY_MS);
      }
      await untilMoment(wakeAt, now, signal);
    }
  }

  /** Every step up to `until` that has not been looked at, and nothing more. @throws PrometheusError */
  async *stepsUntil(since: number | undefined, until: number): AsyncGenerator<Step> {
    const { stepMs, now } = this.#options;
    const first = since === undefined ? await this.#reader.findFirst(until) : since + stepMs;
    yield* this.#catchUp(first, gridBefore(Math.min(until, now() - this.#settleMs), stepMs));
  }

  memory(): undefined {
    return undefined;
  }

  stop(): Promise<void> {
    return this.#client.stop();
  }

  get #settleMs(): number {
    return Math.min(SETTLE_MS, this.#options.stepMs / 4);
  }

  async *#catchUp(first: number | undefined, last: number): AsyncGenerator<Step> {
    const { stepMs, now, log } = this.#options;
    if (first === undefined || first > last) return;
    const steps = (last - first) / stepMs + 1;
    if (steps > 1) log.info({ from: first, to: last, steps }, "reading steps of the past from Prometheus");
    let saidAt = now();
    for await (const step of this.#reader.read(first, last)) {
      yield step;
      if (now() - saidAt < PROGRESS_MS) continue;
      saidAt = now();
      log.info({ at: step.at, done: (step.at - first) / stepMs + 1, steps }, "reading the past");
    }
  }
}
