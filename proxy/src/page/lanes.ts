interface Waiting {
  readonly rank: number;
  /** False where there have been enough. */
  readonly go: (isItsTurn: boolean) => void;
}

/** So many tasks at once, those of the lowest rank first and in the order in which they came, and so many in all. */
export class Lanes {
  #free: number;
  #left: number;
  #waiting: Waiting[] = [];
  #isFilling = false;

  constructor({ atOnce, inAll }: { readonly atOnce: number; readonly inAll: number }) {
    this.#free = atOnce;
    this.#left = inAll;
  }

  /**
   * Undefined where the signal was given before its turn came, or where there have been enough. The first begin in the
   * next turn of the event loop, so that all that come in this one are ranked.
   */
  async run<T>(task: () => Promise<T>, signal: AbortSignal, rank = 0): Promise<T | undefined> {
    const { promise, resolve: go } = Promise.withResolvers<boolean>();
    this.#waiting.push({ rank, go });
    if (!this.#isFilling) {
      this.#isFilling = true;
      setImmediate(() => this.#fill());
    }
    if (!(await promise)) return undefined;
    try {
      return signal.aborted ? undefined : await task();
    } finally {
      this.#free++;
      this.#fill();
    }
  }

  #fill(): void {
    this.#isFilling = false;
    this.#waiting.sort((one, other) => one.rank - other.rank);
    const begun = Math.min(this.#free, this.#left, this.#waiting.length);
    for (const { go } of this.#waiting.splice(0, begun)) go(true);
    this.#free -= begun;
    this.#left -= begun;
    if (this.#left === 0) for (const { go } of this.#waiting.splice(0)) go(false);
  }
}
