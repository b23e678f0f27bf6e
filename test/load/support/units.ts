import { hash } from "../../../proxy/src/experiment/hash.ts";
import type { Identity } from "./caller.ts";

export type Weights = readonly [number, number];

/** Ids that are valid both in the header and, with their 22 characters, as a session. */
export function unitOf(number: number, kind: Identity["kind"]): Identity {
  return { kind, id: `unit-${kind}-`.padEnd(14, "-") + String(number).padStart(8, "0") };
}

/** The variants that an id may meet while weights change: those of every pair that was valid within its request. */
export class WeightHistory {
  readonly #weights: Weights[];
  #valid = 0;

  constructor(first: Weights) {
    this.#weights = [first];
  }

  /** From now on the next weights may count already. */
  begin(next: Weights): void {
    this.#weights.push(next);
  }

  /** From now on only the last weights count. */
  settle(): void {
    this.#valid = this.#weights.length - 1;
  }

  /** The oldest weights that a request which starts now may meet. */
  now(): number {
    return this.#valid;
  }

  /** @param since what `now` said when the request started */
  allows(id: string, variant: string, since: number): boolean {
    const bucket = hash(id) % 100;
    return this.#weights.slice(since).some(([a]) => (bucket < a ? "a" : "b") === variant);
  }
}
