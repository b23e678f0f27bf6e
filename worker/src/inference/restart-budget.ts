/** How often a failed inference thread is started anew, and how long each pause is. Pure: time is passed in. */
export class RestartBudget {
  readonly #windowMs: number;
  readonly #limit: number;
  readonly #firstPauseMs: number;
  #failures: number[] = [];

  constructor(settings: { windowMs: number; limit: number; firstPauseMs: number }) {
    this.#windowMs = settings.windowMs;
    this.#limit = settings.limit;
    this.#firstPauseMs = settings.firstPauseMs;
  }

  /**
   * Records a failure.
   * @returns the pause before the next start in milliseconds, four times longer with each failure in the
   *   window, or undefined when the budget is spent.
   */
  spend(nowMs: number): number | undefined {
    this.#failures = this.#failures.filter((failedAt) => nowMs - failedAt < this.#windowMs);
    this.#failures.push(nowMs);
    if (this.#failures.length >= this.#limit) return undefined;
    return this.#firstPauseMs * 4 ** (this.#failures.length - 1);
  }
}
