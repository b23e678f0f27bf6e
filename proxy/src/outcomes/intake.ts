import type { Journal } from "./journal.ts";
import { lineOfOutcome } from "./journal-content.ts";
import type { Outcome, OutcomeKey } from "./outcome.ts";
import type { RecentIds } from "./recent-ids.ts";
import { CLAIM_MS, type SharedIds } from "./shared-ids.ts";
import type { Tally } from "./tally.ts";

/** Outcomes that are being written or asked for at once; more are refused. */
const MOST_UNDER_WAY = 20_000;

/**
 * `duplicate`: counted before, with the same value; `conflict`: with another one; `busy`: not now, because of too many
 * others, or because another replica counts it just now; `not_stored`: the journal cannot be written.
 */
export type Taken = "counted" | "duplicate" | "conflict" | "busy" | "not_stored";

/** The same of one that is not to be counted. */
export type Dropped = "dropped" | "duplicate" | "conflict";

export interface IntakeOptions {
  readonly tally: Tally;
  readonly journal: Journal | undefined;
  /** Those counted by this process; asked each time, since a reload may put others into their place. */
  readonly ids: () => RecentIds;
  readonly now: () => number;
}

/** Counts each outcome once: known ► claimed ► written ► counted. Nothing is counted that is not on disk, where there is a journal. */
export class Intake {
  readonly #options: IntakeOptions;
  readonly #underWay = new Map<string, Promise<Taken>>();

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  async take(outcome: Outcome, key: OutcomeKey, shared: SharedIds | undefined): Promise<Taken> {
    const { journal } = this.#options;
    const name = key.digest.toString("latin1");
    for (;;) {
      const known = this.#find(key);
      if (known !== undefined) return known;
      if (journal === undefined && shared === undefined) {
        this.#count(outcome, key, this.#options.now());
        return "counted";
      }
      const before = this.#underWay.get(name);
      if (before === undefined) break;
      // The same report, sent twice at once: what becomes of the first decides.
      const taken = await before;
      if (taken === "busy" || taken === "not_stored") return taken;
    }
    if (this.#underWay.size >= MOST_UNDER_WAY) return "busy";
    const taking = this.#claimAndWrite(outcome, key, shared);
    this.#underWay.set(name, taking);
    try {
      return await taking;
    } finally {
      this.#underWay.delete(name);
    }
  }

  /** Remembers one that is not to be counted, so that whoever reports it learns nothing from the answers. */
  drop(key: OutcomeKey): Dropped {
    const known = this.#find(key);
    if (known === undefined) this.#options.ids().add(key);
    return known ?? "dropped";
  }

  async #claimAndWrite(outcome: Outcome, key: OutcomeKey, shared: SharedIds | undefined): Promise<Taken> {
    const claimed = (await shared?.claim(key)) ?? "away";
    if (claimed === "claimed") return "busy";
    if (typeof claimed === "number") return claimed === key.value ? "duplicate" : "conflict";
    if (claimed === "away" || shared === undefined) return this.#write(outcome, key);
    // A disk that is slow must not leave it to another replica, which would count it too.
    const renewal = setInterval(() => void shared.renew(key), CLAIM_MS / 3).unref();
    const taken = await this.#write(outcome, key).finally(() => clearInterval(renewal));
    if (taken === "counted") await shared.confirm(key);
    else await shared.release(key);
    return taken;
  }

  async #write(outcome: Outcome, key: OutcomeKey): Promise<Taken> {
    const { journal, now } = this.#options;
    const at = now();
    const count = () => this.#count(outcome, key, at);
    if (journal === undefined) {
      count();
      return "counted";
    }
    const stored = await journal.append(lineOfOutcome(at, key, outcome), count);
    if (stored === "stored") return "counted";
    return stored === "busy" ? "busy" : "not_stored";
  }

  #find(key: OutcomeKey): "duplicate" | "conflict" | undefined {
    const value = this.#options.ids().find(key);
    if (value === undefined) return undefined;
    return value === key.value ? "duplicate" : "conflict";
  }

  #count(outcome: Outcome, key: OutcomeKey, at: number): void {
    this.#options.ids().add(key);
    this.#options.tally.count(outcome, at);
  }
}
