import type { Series } from "../metrics/series.ts";

/** Above the failures in a row that eject by default: an upstream that is dead from the start costs no caller an error. */
const FIRST_TOKENS = 10;
/** What quiet times save up: enough for all requests in flight at an upstream that dies, too few for a storm. */
const MOST_TOKENS = 100;

/** Retries that one variant may make: a share of its requests. */
export class RetryBudget {
  readonly #share: number;
  readonly #retried: Series;
  readonly #overBudget: Series;
  #tokens: number;

  /** `share` from 0 (never) to 1. */
  constructor(share: number, retried: Series, overBudget: Series) {
    this.#share = share;
    this.#retried = retried;
    this.#overBudget = overBudget;
    this.#tokens = share > 0 ? FIRST_TOKENS : 0;
  }

  /** A request of the variant, not a retry. */
  arrived(): void {
    this.#tokens = Math.min(MOST_TOKENS, this.#tokens + this.#share);
  }

  /** Whether a retry may be sent now; counts either way. */
  take(): boolean {
    if (this.#tokens < 1) {
      this.#overBudget.value++;
      return false;
    }
    this.#tokens--;
    this.#retried.value++;
    return true;
  }
}
