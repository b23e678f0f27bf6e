/** Weight of the newest run in the mean; about the last ten count. */
const NEWEST_WEIGHT = 0.1;
const LONGEST_RETRY_SECONDS = 600;

/** How fast the model works off tokens, as its last runs show; for honest `Retry-After`s. */
export class Pace {
  #secondsPerToken: number | undefined;

  /** @param tokens of the texts of one run, without padding. @param seconds of the inference thread's time it took. */
  observe(tokens: number, seconds: number): void {
    const now = seconds / Math.max(1, tokens);
    const before = this.#secondsPerToken ?? now;
    this.#secondsPerToken = before + (now - before) * NEWEST_WEIGHT;
  }

  /** @returns seconds until so many tokens are worked off; 0 while nothing is known. */
  secondsFor(tokens: number): number {
    return tokens * (this.#secondsPerToken ?? 0);
  }

  /** @returns whole seconds, at least one, after which what waits now will be gone. */
  retryAfterSeconds(waitingTokens: number): number {
    return Math.min(LONGEST_RETRY_SECONDS, Math.max(1, Math.round(this.secondsFor(waitingTokens))));
  }
}
