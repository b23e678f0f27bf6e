import { hash } from "node:crypto";
import { RateLimiterRedis } from "rate-limiter-flexible";
import type { RateLimit } from "../config/config.ts";
import type { Log } from "../log.ts";
import type { RateMetrics } from "../metrics/rate-metrics.ts";
import { RedisLink } from "../redis-link.ts";
import { judge, type OwnCounts, type RateVerdict, windowSeconds } from "./rate-counts.ts";

/** What keeps the counts of two experiments apart that share a Redis, and its ids unreadable there. */
export interface Experiment {
  readonly name: string;
  readonly salt: string;
}

interface Surroundings {
  /** Counts while Redis does not. */
  readonly own: OwnCounts;
  readonly log: Log;
  readonly metrics: Pick<RateMetrics, "insured">;
  /** Runs after `isUp` has changed. */
  onState(): void;
}

/** Counts in a Redis that several replicas share, and in this process while it is away. */
export class SharedCounts {
  readonly #experiment: Experiment;
  readonly #around: Surroundings;
  readonly #link: RedisLink;
  #limiter: RateLimiterRedis | undefined;

  constructor(settings: RateLimit, url: string, experiment: Experiment, around: Surroundings) {
    const { log } = around;
    this.#experiment = experiment;
    this.#around = around;
    this.#link = new RedisLink(url, {
      onClient: (client) => {
        this.#limiter = new RateLimiterRedis({
          storeClient: client,
          keyPrefix: "blindsplit:rate",
          points: settings.requests,
          duration: windowSeconds(settings),
        });
      },
      onBack: () => log.info("the rate limit's Redis is back: counts are shared again"),
      onAway: (reason) =>
        log.warn({ reason }, "the rate limit's Redis is away: every replica counts by itself"),
      onState: () => around.onState(),
    });
  }

  /** Whether the last that was heard of Redis is an answer. */
  get isUp(): boolean {
    return this.#link.isUp;
  }

  async consume(key: string): Promise<RateVerdict> {
    const limiter = this.#limiter;
    if (limiter !== undefined) {
      const judged = await this.#link.ask(() => judge(limiter.consume(this.#hashed(key))));
      if (judged !== undefined) return judged.rate;
    }
    this.#around.metrics.insured.value++;
    return this.#around.own.consume(key);
  }

  close(): Promise<void> {
    return this.#link.close();
  }

  #hashed(key: string): string {
    const { name, salt } = this.#experiment;
    return hash("sha256", JSON.stringify([salt, name, key]), "base64url");
  }
}
