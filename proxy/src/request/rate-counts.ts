import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import type { RateLimit } from "../config/config.ts";
import type { RateMetrics } from "../metrics/rate-metrics.ts";

export type RateVerdict =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly retryAfterSeconds: number };

/** Counts in this process. */
export class OwnCounts {
  readonly #limiter: RateLimiterMemory;
  readonly #metrics: Pick<RateMetrics, "untracked">;
  readonly #periodMs: number;
  readonly #limit: number;
  /** Keys that began a window in this period and in the one before: at least as many as have a window now. */
  #begun = 0;
  #begunBefore = 0;
  #period = 0;

  constructor(settings: RateLimit, metrics: Pick<RateMetrics, "untracked">, limit: number) {
    const seconds = windowSeconds(settings);
    this.#limiter = new RateLimiterMemory({ points: settings.requests, duration: seconds });
    this.#metrics = metrics;
    this.#periodMs = seconds * 1000;
    this.#limit = limit;
  }

  async consume(key: string): Promise<RateVerdict> {
    if (this.#isFull() && (await this.#limiter.get(key)) === null) {
      this.#metrics.untracked.value++;
      return ALLOWED;
    }
    const verdict = await judge(this.#limiter.consume(key));
    if (verdict.isFirst) this.#begun++;
    return verdict.rate;
  }

  async close(): Promise<void> {}

  #isFull(): boolean {
    const period = Math.floor(performance.now() / this.#periodMs);
    if (period !== this.#period) {
      this.#begunBefore = period === this.#period + 1 ? this.#begun : 0;
      this.#begun = 0;
      this.#period = period;
    }
    return this.#begun + this.#begunBefore >= this.#limit;
  }
}

const ALLOWED: RateVerdict = { allowed: true };

/** The library rejects with its result where the limit is reached, and with an `Error` where it could not count. */
export async function judge(
  consumed: Promise<RateLimiterRes>,
): Promise<{ rate: RateVerdict; isFirst: boolean }> {
  try {
    return { rate: ALLOWED, isFirst: (await consumed).isFirstInDuration };
  } catch (result) {
    if (!(result instanceof RateLimiterRes)) throw result;
    const retryAfterSeconds = Math.max(1, Math.ceil(result.msBeforeNext / 1000));
    return { rate: { allowed: false, retryAfterSeconds }, isFirst: result.isFirstInDuration };
  }
}

/** Whole seconds, at least one: with less the library's keys in Redis never expire. */
export function windowSeconds({ perMs }: RateLimit): number {
  return Math.max(1, Math.ceil(perMs / 1000));
}
