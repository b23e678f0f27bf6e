import { createHmac } from "node:crypto";

/** What one variant answered. */
export interface SaidPrediction {
  readonly variant: string;
  readonly label: string;
  /** NaN where it gave none. */
  readonly score: number;
}

/** A request whose two answers have different labels. */
export interface Disagreement {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** The same for the same body, as long as the process lives; nobody else can compute it. */
  readonly request: string;
  /** What its caller got. */
  readonly served: SaidPrediction;
  readonly shadow: SaidPrediction;
}

const MOST_KEPT = 1_000;
const HASH_BYTES = 16;

/** The last disagreements, without their texts. */
export class Disagreements {
  readonly #key: Buffer;
  readonly #ring: Disagreement[] = [];
  #next = 0;

  /** @param key random, of this process alone: a plain hash of a short text could be found by trying texts */
  constructor(key: Buffer) {
    this.#key = key;
  }

  hash(content: Buffer | string): string {
    return createHmac("sha256", this.#key).update(content).digest().subarray(0, HASH_BYTES).toString("hex");
  }

  add(disagreement: Disagreement): void {
    this.#ring[this.#next] = disagreement;
    this.#next = (this.#next + 1) % MOST_KEPT;
  }

  /** The newest first. */
  list(): Disagreement[] {
    return [...this.#ring.slice(this.#next), ...this.#ring.slice(0, this.#next)].reverse();
  }
}
