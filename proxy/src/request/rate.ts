import type { RateLimit } from "../config/config.ts";
import type { Log } from "../log.ts";
import type { RateMetrics } from "../metrics/rate-metrics.ts";
import { OwnCounts, type RateVerdict } from "./rate-counts.ts";
import { type Experiment, SharedCounts } from "./rate-shared.ts";

/** Counts requests in windows that begin with a key's first request. */
export interface RateLimiter {
  /** One request of this key (see `rateKey`). Never rejects: without its Redis it counts by itself. */
  consume(key: string): Promise<RateVerdict>;
  /** Every `for` is answered by one `close`; the counts go with the last. */
  close(): Promise<void>;
}

export interface RateLimits {
  /**
   * The limiter of these settings, with the counts that it has: a reload that keeps the settings keeps the counts.
   * Nothing without settings.
   */
  for(settings: RateLimit | undefined, experiment: Experiment): RateLimiter | undefined;
}

/** Units counted in this process at once, about 50 MB of them; the rest goes uncounted rather than refused. */
const TRACKED_UNITS = 100_000;

interface Counts {
  consume(key: string): Promise<RateVerdict>;
  close(): Promise<void>;
  /** Absent where the counts are in this process alone. */
  readonly isUp?: boolean;
}

/** The limiters of this process, by their settings; they outlive the generations that use them. */
export function createRateLimits({ log, metrics }: { log: Log; metrics: RateMetrics }): RateLimits {
  const held = new Map<string, { readonly counts: Counts; holders: number }>();

  function publish(): void {
    const shared = [...held.values()].map(({ counts }) => counts.isUp).filter((isUp) => isUp !== undefined);
    if (shared.length === 0) metrics.storeUp.clear();
    else metrics.storeUp.series().value = shared.at(-1) === true ? 1 : 0;
  }

  function open(settings: RateLimit, experiment: Experiment): Counts {
    const own = new OwnCounts(settings, metrics, TRACKED_UNITS);
    if (settings.redis === undefined) return own;
    return new SharedCounts(settings, settings.redis, experiment, { own, log, metrics, onState: publish });
  }

  return {
    for(settings, experiment) {
      if (settings === undefined) return undefined;
      const { requests, perMs, redis } = settings;
      const key = JSON.stringify([requests, perMs, redis, experiment.name, experiment.salt]);
      const entry = held.get(key) ?? { counts: open(settings, experiment), holders: 0 };
      held.set(key, entry);
      entry.holders++;
      publish();
      let closed = false;
      return {
        consume: (unit) => entry.counts.consume(unit),
        async close() {
          if (closed) return;
          closed = true;
          entry.holders--;
          if (entry.holders > 0) return;
          held.delete(key);
          publish();
          await entry.counts.close();
        },
      };
    },
  };
}
