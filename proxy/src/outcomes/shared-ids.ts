import { randomUUID } from "node:crypto";
import type { Log } from "../log.ts";
import type { OutcomeMetrics } from "../metrics/outcome-metrics.ts";
import { RedisLink } from "../redis-link.ts";
import type { OutcomeKey } from "./outcome.ts";

/** How long a replica may take over what it has claimed; one that was killed meanwhile leaves it to the others then. */
export const CLAIM_MS = 15_000;
/** Of a life before that others may not know of: as many as can be under way when it ends. */
export const MOST_UNCONFIRMED = 20_000;
const CONFIRMED_AT_ONCE = 500;
const PREFIX = "blindsplit:outcome:";
const DIGEST_BYTES = 16;
const CLAIMED = "claimed ";
/** Only a claim that is still this replica's: another may have it by now, or have counted it. */
const RENEW = `return redis.call("GET", KEYS[1]) == ARGV[1] and redis.call("PEXPIRE", KEYS[1], ARGV[2]) or 0`;
const RELEASE = `return redis.call("GET", KEYS[1]) == ARGV[1] and redis.call("DEL", KEYS[1]) or 0`;

/**
 * `new`: nobody has it, and it is claimed for this replica; `claimed`: another replica is about to count it; a number: it
 * was counted with this value; `away`: nobody can tell.
 */
export type Claimed = "new" | "claimed" | "away" | number;

/** The ids that several replicas share in a Redis, until their tokens expire. */
export class SharedIds {
  readonly #link: RedisLink;
  readonly #unshared: () => void;
  readonly #now: () => number;
  /** Tells this replica's claims from those of others. */
  readonly #claim = `${CLAIMED}${randomUUID()}`;
  #unconfirmed: readonly OutcomeKey[] = [];
  #confirming: Promise<void> | undefined;

  constructor(
    url: string,
    {
      log,
      metrics,
      now,
    }: { readonly log: Log; readonly metrics: OutcomeMetrics; readonly now: () => number },
  ) {
    this.#now = now;
    const publish = () => {
      metrics.storeUp.series().value = this.#link.isUp ? 1 : 0;
      if (this.#link.isUp) this.#startConfirming();
    };
    const unshared = metrics.unshared.series();
    this.#unshared = () => void unshared.value++;
    this.#link = new RedisLink(url, {
      onBack: () => log.info("the Redis of outcomes is back: duplicates are known to every replica again"),
      onAway: (reason) =>
        log.warn({ reason }, "the Redis of outcomes is away: every replica knows its own duplicates only"),
      onState: publish,
    });
    metrics.storeUp.series().value = 0;
  }

  async claim(key: OutcomeKey): Promise<Claimed> {
    const name = nameOf(key);
    const found = await this.#link.ask(async (client) => {
      if ((await client.set(name, this.#claim, "PX", CLAIM_MS, "NX")) === "OK") return "new";
      // Gone in between is as good as claimed: whoever asks again gets it.
      return (await client.get(name)) ?? CLAIMED;
    });
    if (found === undefined) {
      this.#unshared();
      return "away";
    }
    if (found === "new") return found;
    return found.startsWith(CLAIMED) ? "claimed" : Number(found);
  }

  /** It is still being written: the claim holds for another `CLAIM_MS`. */
  async renew(key: OutcomeKey): Promise<void> {
    await this.#link.ask((client) => client.eval(RENEW, 1, nameOf(key), this.#claim, CLAIM_MS));
  }

  /** It was counted. */
  async confirm(key: OutcomeKey): Promise<void> {
    const leftMs = this.#leftMs(key);
    await this.#link.ask((client) => client.set(nameOf(key), key.value, "PX", leftMs));
  }

  /** It was not counted after all. */
  async release(key: OutcomeKey): Promise<void> {
    await this.#link.ask((client) => client.eval(RELEASE, 1, nameOf(key), this.#claim));
  }

  /** They were counted, by an earlier process that may have ended before it said so: the last of them, once Redis is there. */
  confirmLater(keys: readonly OutcomeKey[]): void {
    this.#unconfirmed = keys.slice(-MOST_UNCONFIRMED);
    if (this.#link.isUp) this.#startConfirming();
  }

  close(): Promise<void> {
    this.#unconfirmed = [];
    return this.#link.close();
  }

  #startConfirming(): void {
    if (this.#unconfirmed.length === 0) return;
    this.#confirming ??= this.#confirmAll().finally(() => {
      this.#confirming = undefined;
    });
  }

  async #confirmAll(): Promise<void> {
    while (this.#unconfirmed.length > 0) {
      const some = this.#unconfirmed.slice(0, CONFIRMED_AT_ONCE);
      const told = await this.#link.ask((client) =>
        Promise.all(some.map((key) => client.set(nameOf(key), key.value, "PX", this.#leftMs(key)))),
      );
      // It is gone on with when Redis is back.
      if (told === undefined) return;
      this.#unconfirmed = this.#unconfirmed.slice(CONFIRMED_AT_ONCE);
    }
  }

  #leftMs({ expiresAt }: OutcomeKey): number {
    return Math.max(1, Math.ceil(expiresAt - this.#now()));
  }
}

function nameOf({ digest }: OutcomeKey): string {
  return PREFIX + digest.toString("base64url", 0, DIGEST_BYTES);
}
