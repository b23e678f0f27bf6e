/** So many tasks at once, in the order in which they came, and so many in all. */
export class Lanes {
  #free: number;
  #left: number;
  readonly #waiting: (() => void)[] = [];

  constructor({ atOnce, inAll }: { readonly atOnce: number; readonly inAll: number }) {
    this.#free = atOnce;
    this.#left = inAll;
  }

  /** Undefined where the signal was given before its turn came, or where there have been enough. */
  async run<T>(task: () => Promise<T>, signal: AbortSignal): Promise<T | undefined> {
    if (this.#left === 0) return undefined;
    this.#left--;
    if (this.#free > 0) this.#free--;
    else {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.push(resolve);
      await promise;
    }
    try {
      return signal.aborted ? undefined : await task();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }
}
