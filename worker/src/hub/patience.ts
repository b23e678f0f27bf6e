import { setTimeout as pause } from "node:timers/promises";
import { WorkerError } from "../errors.ts";
import type { Log } from "../log.ts";
import { Interruption } from "./interruption.ts";
import type { HubLimits } from "./limits.ts";

/** The retries of one download: how often, how long apart, and what is said meanwhile. */
export class Patience {
  readonly #limits: HubLimits;
  readonly #log: Log;
  readonly #signal: AbortSignal;
  #failures = 0;

  constructor(limits: HubLimits, log: Log, signal: AbortSignal) {
    this.#limits = limits;
    this.#log = log;
    this.#signal = signal;
  }

  /** Something was gained: what failed before does not count any more. */
  renew(): void {
    this.#failures = 0;
  }

  /**
   * Attempts until one succeeds.
   * @throws WorkerError `model_download_failed` when the attempts are used up, what an attempt threw if it was no
   *   Interruption, or the signal's reason.
   */
  async insist<Result>(attempt: () => Promise<Result>): Promise<Result> {
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        this.#signal.throwIfAborted();
        if (!(error instanceof Interruption)) throw error;
        await this.#endure(error);
      }
    }
  }

  async #endure(interruption: Interruption): Promise<void> {
    this.#failures += 1;
    const { attempts, firstPauseMs, longestPauseMs, longestRetryAfterMs } = this.#limits;
    const asked = interruption.pauseMs;
    if (asked !== undefined && asked > longestRetryAfterMs) {
      throw gaveUp(
        `${interruption.message}: longer than the ${longestRetryAfterMs / 1000} s that a start waits`,
        interruption,
      );
    }
    if (this.#failures >= attempts) {
      throw gaveUp(`${interruption.message}; given up after ${attempts} attempts`, interruption);
    }
    // Not less than its own: a server may say "at once" (`Retry-After: 0`) to everybody whom it refuses.
    const ownMs = Math.min(firstPauseMs * 2 ** (this.#failures - 1), longestPauseMs);
    const pauseMs = Math.max(asked ?? 0, ownMs);
    this.#log.warn(
      { pauseMs, failures: this.#failures, attempts },
      `${interruption.message}; the next attempt is in ${pauseMs / 1000} s`,
    );
    await this.#wait(pauseMs);
  }

  async #wait(pauseMs: number): Promise<void> {
    for (let leftMs = pauseMs; leftMs > 0; leftMs -= this.#limits.reportMs) {
      if (leftMs !== pauseMs) this.#log.info({ leftMs }, "waiting for the next attempt");
      await pause(Math.min(leftMs, this.#limits.reportMs), undefined, { signal: this.#signal });
    }
  }
}

function gaveUp(message: string, cause: Interruption): WorkerError {
  return new WorkerError(
    "model_download_failed",
    `${message}; what is already here is kept, so try again later`,
    { cause },
  );
}
