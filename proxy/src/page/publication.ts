import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Config } from "../config/config.ts";
import { COLLECTION_DEADLINE_MS, type Collector } from "./collector.ts";
import { assignLetters } from "./letters.ts";
import { maskedSnapshot } from "./masked.ts";
import type { MaskedSnapshot } from "./snapshot.ts";

/** Whoever watches what his own requests change sees it this often. */
const EVERY_MS = 5 * 60_000;
/** Longer than any collection takes: when a publication comes does not tell how fast a worker is. */
const AFTER_MS = COLLECTION_DEADLINE_MS + 500;

export interface PublicationOptions {
  readonly collector: Pick<Collector, "collect">;
  /** Of the running configuration. */
  readonly experiment: () => Config["experiment"] & { readonly names: readonly string[] };
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly everyMs?: number;
  readonly afterMs?: number;
}

interface Published {
  readonly letters: ReadonlyMap<string, string>;
  readonly snapshot: MaskedSnapshot;
}

/** The masked page's numbers: the same for whoever asks, for minutes, and after a wait that tells nothing. */
export class Publication {
  readonly #options: PublicationOptions;
  /** Where there is no salt: letters then hold for this process and until it ends. */
  readonly #ownKey = randomBytes(32);
  #published: Published | undefined;
  #underWay: Promise<Published> | undefined;

  constructor(options: PublicationOptions) {
    this.#options = options;
  }

  async current(): Promise<MaskedSnapshot> {
    const published = this.#ofRunning();
    if (published === undefined) return (await this.#publish()).snapshot;
    if (this.#options.now() >= published.snapshot.nextAt) this.#publish().catch(() => undefined);
    return published.snapshot;
  }

  /** Undefined where the variants have other letters now. */
  #ofRunning(): Published | undefined {
    const { names } = this.#options.experiment();
    const letters = this.#letters(names);
    const known = this.#published?.letters;
    const isSame =
      letters.size === known?.size && names.every((name) => letters.get(name) === known.get(name));
    return isSame ? this.#published : undefined;
  }

  #letters(names: readonly string[]): ReadonlyMap<string, string> {
    const { name, phase, salt } = this.#options.experiment();
    return assignLetters(salt === "" ? this.#ownKey : salt, { experiment: name, phase, names });
  }

  #publish(): Promise<Published> {
    this.#underWay ??= this.#prepare().finally(() => {
      this.#underWay = undefined;
    });
    return this.#underWay;
  }

  async #prepare(): Promise<Published> {
    const { collector, now, everyMs = EVERY_MS, afterMs = AFTER_MS } = this.#options;
    const [collected] = await Promise.all([collector.collect(), delay(afterMs, undefined, { ref: false })]);
    const letters = this.#letters(collected.shape.variants.map(({ name }) => name));
    const previous = this.#ofRunning()?.snapshot;
    const snapshot = maskedSnapshot(collected, { letters, previous, nextAt: now() + everyMs });
    this.#published = { letters, snapshot };
    return this.#published;
  }
}
