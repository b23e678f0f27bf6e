import { hash } from "node:crypto";
import type { Redis } from "ioredis";
import { RateLimiterRedis } from "rate-limiter-flexible";
import type { RateLimit } from "../config/config.ts";
import type { Log } from "../log.ts";
import type { RateMetrics } from "../metrics/rate-metrics.ts";
import { judge, type OwnCounts, type RateVerdict, windowSeconds } from "./rate-counts.ts";

/** What keeps the counts of two experiments apart that share a Redis, and its ids unreadable there. */
export interface Experiment {
  readonly name: string;
  readonly salt: string;
}

/** A caller waits at most this long for Redis before its request is counted here. */
const COMMAND_TIMEOUT_MS = 250;
const CONNECT_TIMEOUT_MS = 1000;
const LONGEST_BACK_OFF_MS = 1000;
const CLOSED = "the connection closed";

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
  readonly #opened: Promise<void>;
  #client: Redis | undefined;
  #limiter: RateLimiterRedis | undefined;
  #state: "unknown" | "up" | "away" = "unknown";
  #lastError = CLOSED;
  #closed = false;

  constructor(settings: RateLimit, url: string, experiment: Experiment, around: Surroundings) {
    this.#experiment = experiment;
    this.#around = around;
    // Whatever is wrong with Redis, or with its client, requests are counted and the process lives.
    this.#opened = this.#open(settings, url).catch((error: Error) => this.#lost(error.message));
  }

  /** Whether the last that was heard of Redis is an answer. */
  get isUp(): boolean {
    return this.#state === "up";
  }

  async consume(key: string): Promise<RateVerdict> {
    const client = this.#client;
    if (client?.status === "ready" && this.#limiter !== undefined) {
      try {
        const { rate } = await judge(this.#limiter.consume(this.#hashed(key)));
        this.#found();
        return rate;
      } catch (error) {
        this.#failed(client, error as Error);
      }
    }
    this.#around.metrics.insured.value++;
    return this.#around.own.consume(key);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#opened;
    this.#client?.disconnect();
  }

  async #open(settings: RateLimit, url: string): Promise<void> {
    // Loaded only where a configuration asks for it: most proxies have no Redis.
    const { Redis } = await import("ioredis");
    if (this.#closed) return;
    const client = new Redis(url, {
      lazyConnect: true,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      commandTimeout: COMMAND_TIMEOUT_MS,
      connectTimeout: CONNECT_TIMEOUT_MS,
      // Every pause is bounded, their number is not: a Redis that returns after a night must be found.
      retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 10), LONGEST_BACK_OFF_MS),
      // After a failover the old primary answers every write so; the name may lead to the new one by now.
      reconnectOnError: ({ message }) => message.startsWith("READONLY"),
    });
    client.on("ready", () => this.#found());
    client.on("error", (error: Error) => {
      this.#lastError = error.message;
    });
    client.on("close", () => this.#lost(this.#lastError));
    this.#limiter = new RateLimiterRedis({
      storeClient: client,
      keyPrefix: "blindsplit:rate",
      points: settings.requests,
      duration: windowSeconds(settings),
    });
    this.#client = client;
    // A connection that cannot be made is told by "close", and tried again.
    client.connect().catch(() => undefined);
  }

  #hashed(key: string): string {
    const { name, salt } = this.#experiment;
    return hash("sha256", JSON.stringify([salt, name, key]), "base64url");
  }

  #failed(client: Redis, error: Error): void {
    // A Redis that answers with an error may count the next request; one that is silent makes every caller wait.
    if (this.#state !== "away" && error.name !== "ReplyError") client.disconnect(true);
    this.#lost(error.message);
  }

  #found(): void {
    if (this.#state === "up" || this.#closed) return;
    if (this.#state === "away")
      this.#around.log.info("the rate limit's Redis is back: counts are shared again");
    this.#state = "up";
    this.#lastError = CLOSED;
    this.#around.onState();
  }

  #lost(reason: string): void {
    if (this.#state === "away" || this.#closed) return;
    this.#state = "away";
    this.#around.log.warn({ reason }, "the rate limit's Redis is away: every replica counts by itself");
    this.#around.onState();
  }
}
