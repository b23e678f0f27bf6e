import type { Generation } from "./generation.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics/metrics.ts";

/** The generations that still carry requests, the running one included. */
export class Generations {
  readonly #live = new Set<Generation>();
  readonly #metrics: Metrics;
  readonly #log: Log;
  readonly #onExpire: (generation: Generation) => void;

  /** @param onExpire ends what a generation whose time is up does not end by itself */
  constructor(metrics: Metrics, log: Log, onExpire: (generation: Generation) => void) {
    this.#metrics = metrics;
    this.#log = log;
    this.#onExpire = onExpire;
  }

  add(generation: Generation): void {
    this.#live.add(generation);
    this.#count();
  }

  /** Its requests end by themselves, or at the deadline. */
  async retire(generation: Generation, deadlineMs: number): Promise<void> {
    const { number } = generation;
    const deadline = setTimeout(() => this.#expire(generation, deadlineMs), deadlineMs).unref();
    try {
      await generation.retire();
    } catch (error) {
      this.#log.error({ err: error, generation: number }, "closing a generation failed");
    }
    clearTimeout(deadline);
    this.#live.delete(generation);
    this.#count();
  }

  async destroy(): Promise<void> {
    await Promise.all([...this.#live].map((generation) => generation.destroy()));
  }

  #expire(generation: Generation, deadlineMs: number): void {
    this.#metrics.generationsExpired.series().value++;
    this.#log.warn(
      { generation: generation.number, deadline_ms: deadlineMs },
      "requests of a replaced configuration are ended",
    );
    this.#onExpire(generation);
    generation.expire();
  }

  #count(): void {
    this.#metrics.generations.series().value = this.#live.size;
  }
}
