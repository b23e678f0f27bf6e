import type { Redis } from "ioredis";

/** A caller waits at most this long for Redis. */
const COMMAND_TIMEOUT_MS = 250;
const CONNECT_TIMEOUT_MS = 1000;
const LONGEST_BACK_OFF_MS = 1000;
const CLOSED = "the connection closed";

interface LinkListener {
  /** A client that may be asked from now on, before it is connected. */
  onClient?(client: Redis): void;
  /** Redis answers again after it was away. */
  onBack(): void;
  /** Told once for each time that it goes away. */
  onAway(reason: string): void;
  /** Runs after `isUp` has changed. */
  onState(): void;
}

/** A connection to a Redis that may be away: nothing waits for it for long, and it is looked for until it is back. */
export class RedisLink {
  readonly #listener: LinkListener;
  readonly #opened: Promise<void>;
  #client: Redis | undefined;
  #state: "unknown" | "up" | "away" = "unknown";
  #lastError = CLOSED;
  #closed = false;

  constructor(url: string, listener: LinkListener) {
    this.#listener = listener;
    // Whatever is wrong with Redis, or with its client, the process lives.
    this.#opened = this.#open(url).catch((error: Error) => this.#lost(error.message));
  }

  /** Whether the last that was heard of Redis is an answer. */
  get isUp(): boolean {
    return this.#state === "up";
  }

  /** Runs `ask` if Redis can be asked now; undefined if it cannot, or does not answer. */
  async ask<T>(question: (client: Redis) => Promise<T>): Promise<T | undefined> {
    const client = this.#client;
    if (client?.status !== "ready") return undefined;
    try {
      const answer = await question(client);
      this.#found();
      return answer;
    } catch (error) {
      this.#failed(client, error as Error);
      return undefined;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#opened;
    this.#client?.disconnect();
  }

  async #open(url: string): Promise<void> {
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
    this.#listener.onClient?.(client);
    this.#client = client;
    // A connection that cannot be made is told by "close", and tried again.
    client.connect().catch(() => undefined);
  }

  #failed(client: Redis, error: Error): void {
    // A Redis that answers with an error may answer the next request; one that is silent makes every caller wait.
    if (this.#state !== "away" && error.name !== "ReplyError") client.disconnect(true);
    this.#lost(error.message);
  }

  #found(): void {
    if (this.#state === "up" || this.#closed) return;
    if (this.#state === "away") this.#listener.onBack();
    this.#state = "up";
    this.#lastError = CLOSED;
    this.#listener.onState();
  }

  #lost(reason: string): void {
    if (this.#state === "away" || this.#closed) return;
    this.#state = "away";
    this.#listener.onAway(reason);
    this.#listener.onState();
  }
}
