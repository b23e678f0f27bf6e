import { setTimeout as delay } from "node:timers/promises";
import type { Collected } from "./collection.ts";
import { COLLECTION_DEADLINE_MS, type Collector } from "./collector.ts";
import { maskedSnapshot } from "./masked.ts";
import type { MaskedSnapshot } from "./snapshot.ts";

/** Whoever watches what his own requests change sees it this often. */
const EVERY_MS = 5 * 60_000;
/** Longer than any collection takes: when a publication comes does not tell how fast a worker is. */
const AFTER_MS = COLLECTION_DEADLINE_MS + 500;
/** Of a publication that a reload overtakes; whoever asks then asks again. */
const MOST_ATTEMPTS = 3;

/** What a publication is of. */
export interface Running {
  readonly experiment: string;
  readonly phase: number;
  /** By name. */
  readonly letters: ReadonlyMap<string, string>;
}

export interface PublicationOptions {
  readonly collector: Pick<Collector, "collect">;
  /** Of the running configuration. */
  readonly running: () => Running;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly everyMs?: number;
  readonly afterMs?: number;
}

interface Published extends Running {
  readonly snapshot: MaskedSnapshot;
}

/** The masked page's numbers: the same for whoever asks, for minutes, and after a wait that tells nothing. */
export class Publication {
  readonly #options: PublicationOptions;
  #published: Published | undefined;
  #underWay: Promise<void> | undefined;

  constructor(options: PublicationOptions) {
    this.#options = options;
  }

  /** Rejects where one reload after the other voids what was collected. */
  async current(): Promise<MaskedSnapshot> {
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      const published = this.#published;
      if (published !== undefined && isOfSame(published, this.#options.running())) {
        if (this.#options.now() >= published.snapshot.nextAt) this.#publish().catch(() => undefined);
        return published.snapshot;
      }
      await this.#publish();
    }
    throw new Error(`the configuration was replaced during each of ${MOST_ATTEMPTS} collections`);
  }

  #publish(): Promise<void> {
    this.#underWay ??= this.#prepare().finally(() => {
      this.#underWay = undefined;
    });
    return this.#underWay;
  }

  async #prepare(): Promise<void> {
    const { collector, now, everyMs = EVERY_MS, afterMs = AFTER_MS } = this.#options;
    const [collected] = await Promise.all([collector.collect(), delay(afterMs, undefined, { ref: false })]);
    const of = runningOf(collected);
    const last = this.#published;
    // Counts go on over phases, and so does what was shown of them.
    const previous =
      last !== undefined && isOfSame({ ...last, phase: of.phase }, of) ? last.snapshot : undefined;
    const snapshot = maskedSnapshot(collected, { previous, nextAt: now() + everyMs });
    this.#published = { ...of, snapshot };
  }
}

/** Of the configuration that was asked, whatever is running by now. */
function runningOf({ shape: { experiment, phase }, letters }: Collected): Running {
  return { experiment, phase, letters };
}

function isOfSame(one: Running, other: Running): boolean {
  return (
    one.experiment === other.experiment &&
    one.phase === other.phase &&
    one.letters.size === other.letters.size &&
    [...one.letters].every(([name, letter]) => other.letters.get(name) === letter)
  );
}
