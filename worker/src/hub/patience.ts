import { setTimeout as pause } from "node:timers/promises";
import { WorkerError } from "../errors.ts";
import type { Log } from "../log.ts";
import { Interruption } from "./interruption.ts";
import type { HubPace } from "./pace.ts";

/** The retries of one download: how often, how long apart, and what is said meanwhile. */
export class Patience {
  readonly #pace: HubPace;
  readonly #log: Log;
  readonly #signal: AbortSignal;
  #failures = 0;

  constructor(pace: HubPace, log: Log, signal: AbortSignal) {
    this.#pace = pace;
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
    const { attempts, firstPauseMs, longestPauseMs, longestRetryAfterMs } = this.#pace;
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
    const pauseMs = asked ?? Math.min(firstPauseMs * 2 ** (this.#failures - 1), longestPauseMs);
    this.#log.warn(
      { pauseMs, failures: this.#failures, attempts },
      `${interruption.message}; the next attempt is in ${pauseMs / 1000} s`,
    );
    await this.#wait(pauseMs);
  }

  async #wait(pauseMs: number): Promise<void> {
    for (let leftMs = pauseMs; leftMs > 0; leftMs -= this.#pace.reportMs) {
      if (leftMs !== pauseMs) this.#log.info({ leftMs }, "waiting for the next attempt");
      await pause(Math.min(leftMs, this.#pace.reportMs), undefined, { signal: this.#signal });
    }
  }
}

function gaveUp(message: string, cause: Interruption): WorkerError {
  return new WorkerError(
    "model_download_failed",
    `${message}; what is already here is kept, so start again later, or use offline: true if the model is in the cache`,
    { cause },
  );
}
