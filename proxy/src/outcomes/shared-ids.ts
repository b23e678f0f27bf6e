import type { Redis } from "ioredis";
import type { Log } from "../log.ts";
import type { OutcomeMetrics } from "../metrics/outcome-metrics.ts";
import { RedisLink } from "../redis-link.ts";
import type { OutcomeKey } from "./outcome.ts";

/** How long a replica may take over what it has claimed; one that was killed meanwhile leaves it to the others then. */
const CLAIM_MS = 15_000;
const PREFIX = "blindsplit:outcome:";
const DIGEST_BYTES = 16;
const CLAIMED = "claimed";

/**
 * `new`: nobody has it, and it is claimed for this replica; `claimed`: another replica is about to count it; a number: it
 * was counted with this value; `away`: nobody can tell.
 */
export type Claimed = "new" | "claimed" | "away" | number;

/** The ids that several replicas share in a Redis, until their tokens expire. */
export class SharedIds {
  readonly #link: RedisLink;
  readonly #unshared: () => void;

  constructor(url: string, { log, metrics }: { readonly log: Log; readonly metrics: OutcomeMetrics }) {
    const publish = () => {
      metrics.storeUp.series().value = this.#link.isUp ? 1 : 0;
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
      if ((await client.set(name, CLAIMED, "PX", CLAIM_MS, "NX")) === "OK") return "new";
      // Gone in between is as good as claimed: whoever asks again gets it.
      return (await client.get(name)) ?? CLAIMED;
    });
    if (found === undefined) {
      this.#unshared();
      return "away";
    }
    return found === "new" || found === CLAIMED ? found : Number(found);
  }

  /** It was counted. */
  async confirm(key: OutcomeKey, now: number): Promise<void> {
    const leftMs = Math.max(1, Math.ceil(key.expiresAt - now));
    await this.#tell((client) => client.set(nameOf(key), key.value, "PX", leftMs));
  }

  /** It was not counted after all. */
  async release(key: OutcomeKey): Promise<void> {
    await this.#tell((client) => client.del(nameOf(key)));
  }

  close(): Promise<void> {
    return this.#link.close();
  }

  async #tell(command: (client: Redis) => Promise<unknown>): Promise<void> {
    await this.#link.ask(command);
  }
}

function nameOf({ digest }: OutcomeKey): string {
  return PREFIX + digest.toString("base64url", 0, DIGEST_BYTES);
}
