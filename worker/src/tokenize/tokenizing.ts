import { WorkerError } from "../errors.ts";
import { fillGaps } from "../inference/fill-gaps.ts";
import type { Encoded } from "./encoded.ts";
import type { Encoder } from "./encoder.ts";
import type { LongTexts } from "./long-texts.ts";

/** A text that has been split, and how long that took. */
export interface Tokenized extends Encoded {
  readonly tokenizeSeconds: number;
}

/**
 * Characters of one request that the main thread splits with the library, at some 2 µs each; and characters in which
 * it looks for known words, at some 20 ns each. What is more would keep health checks and other callers waiting.
 */
const LIBRARY_BUDGET_CHARACTERS = 1_000;
const MEMO_BUDGET_CHARACTERS = 50_000;

/** The stage that splits texts: short ones here and now, which takes less than handing them over; others in a thread. */
export class Tokenizing {
  readonly #encoder: Encoder;
  readonly #longTexts: LongTexts | undefined;

  /** @param longTexts left out where nothing is split. */
  constructor(encoder: Encoder, longTexts?: LongTexts) {
    this.#encoder = encoder;
    this.#longTexts = longTexts;
  }

  /** Texts that wait to be split in the thread. */
  get depth(): number {
    return this.#longTexts?.depth ?? 0;
  }

  /**
   * @param patience aborted when nobody waits for the texts any more; asked for only where something has to wait.
   * @returns one result per text, in order; not a promise when all could be done at once.
   * @throws WorkerError `text_overlong`, `text_unprocessable`, `queue_full`, or the signal's reason.
   */
  encode(texts: readonly string[], patience: () => AbortSignal): Tokenized[] | Promise<Tokenized[]> {
    let libraryBudget = LIBRARY_BUDGET_CHARACTERS;
    let memoBudget = MEMO_BUDGET_CHARACTERS;
    const results: (Tokenized | undefined)[] = texts.map((text) => {
      const startedAtMs = performance.now();
      const seconds = () => (performance.now() - startedAtMs) / 1000;
      let encoded: Encoded | undefined;
      if (this.#longTexts === undefined || text.length <= libraryBudget) {
        libraryBudget -= text.length;
        encoded = this.#encode(text);
      } else if (text.length <= memoBudget) {
        memoBudget -= text.length;
        encoded = this.#encoder.encodeKnown(text);
      }
      return encoded && { ...encoded, tokenizeSeconds: seconds() };
    });
    const missing = texts.filter((_, at) => results[at] === undefined);
    if (missing.length === 0 || this.#longTexts === undefined) return fillGaps(results, []);
    return this.#longTexts.encode(missing, patience()).then((found) => fillGaps(results, found));
  }

  close(): void {
    this.#longTexts?.close();
  }

  #encode(text: string): Encoded {
    try {
      return this.#encoder.encode(text);
    } catch (cause) {
      if (cause instanceof WorkerError) throw cause;
      throw new WorkerError("text_unprocessable", "a text cannot be split into tokens", { cause });
    }
  }
}
