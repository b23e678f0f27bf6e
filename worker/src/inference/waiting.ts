import { type BatchLimits, CANDIDATES_PER_PLACE, isFull, packBatch } from "./batch.ts";
import { FairQueue } from "./fair-queue.ts";

export interface WaitingLimits extends BatchLimits {
  readonly limitSequences: number;
  readonly limitTokens: number;
}

/** What waits: one row of a batch to be. */
export interface Waiting {
  /** Tokens; 1 where the graph takes the text itself. */
  readonly cost: number;
}

/** Admission and batching: a bounded, fair queue that gives batches. Knows neither HTTP nor the model. */
export class WaitingRoom<Entry extends Waiting> {
  readonly #limits: WaitingLimits;
  readonly #queue = new FairQueue<Entry>();

  constructor(limits: WaitingLimits) {
    this.#limits = limits;
  }

  get depth(): number {
    return this.#queue.depth;
  }

  get tokens(): number {
    return this.#queue.cost;
  }

  /** Takes all entries of a request or none. @returns whether they were taken. */
  admit(entries: readonly Entry[], tokens: number): boolean {
    const { limitSequences, limitTokens } = this.#limits;
    if (this.#queue.depth + entries.length > limitSequences || this.#queue.cost + tokens > limitTokens)
      return false;
    this.#queue.add(entries);
    return true;
  }

  /** Whether there is enough for a batch that could not grow. */
  hasFullBatch(): boolean {
    const { maxTexts, maxTokens } = this.#limits;
    // Asked for every text that comes, and mostly there is not enough by far.
    if (this.#queue.depth < maxTexts && this.#queue.cost < maxTokens / 2) return false;
    const candidates = this.#queue.next(maxTexts * CANDIDATES_PER_PLACE);
    const chosen = packBatch(costs(candidates), this.#limits);
    const longest = Math.max(...chosen.map((place) => candidates[place]?.cost ?? 0));
    return chosen.length > 0 && isFull(chosen.length, longest, this.#limits);
  }

  /** Takes the next batch; empty when nothing waits. */
  takeBatch(): Entry[] {
    const candidates = this.#queue.next(this.#limits.maxTexts * CANDIDATES_PER_PLACE);
    return candidates.length === 0 ? [] : this.#queue.take(packBatch(costs(candidates), this.#limits));
  }

  remove(isUnwanted: (entry: Entry) => boolean): number {
    return this.#queue.remove(isUnwanted);
  }

  some(isMeant: (entry: Entry) => boolean): boolean {
    return this.#queue.next(this.#queue.depth).some(isMeant);
  }
}

function costs(entries: readonly Waiting[]): number[] {
  return entries.map(({ cost }) => cost);
}
