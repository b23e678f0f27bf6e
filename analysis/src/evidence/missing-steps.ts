export interface MissingState {
  readonly first: number | null;
  readonly lost: number;
  readonly lostUntil: number;
}

/**
 * Steps whose counts are missing. Counters go on while nobody reads them, so that a step is only lost where a gateway
 * could not be read and then had begun anew, or has not been read again yet.
 */
export class MissingSteps {
  readonly #stepMs: number;
  #first: number | null = null;
  #lost = 0;
  #lostUntil = Number.NEGATIVE_INFINITY;
  /** Moment of the reading before the earliest that some gateway could not be read since. */
  #pendingSince: number | undefined;

  constructor(stepMs: number) {
    this.#stepMs = stepMs;
  }

  /** A reading at `at` begins. */
  begin(at: number): void {
    this.#first ??= at;
    this.#pendingSince = undefined;
  }

  /** A gateway could not be read; `readAt` is when it last could. */
  unread(readAt: number): void {
    this.#pendingSince = Math.min(this.#pendingSince ?? readAt, readAt);
  }

  /** A gateway has begun anew since it was last read at `readAt`; up to a step is always lost then, and counts for none. */
  restarted(readAt: number, at: number): void {
    const lastRead = at - this.#stepMs;
    this.#lost += this.#between(readAt, lastRead);
    this.#lostUntil = Math.max(this.#lostUntil, lastRead);
  }

  /** Steps missing at `at`, of all since the first reading. */
  at(at: number): { readonly steps: number; readonly of: number } {
    if (this.#first === null) return { steps: 0, of: 0 };
    const of = Math.round((at - this.#first) / this.#stepMs) + 1;
    const pending = this.#pendingSince === undefined ? 0 : this.#between(this.#pendingSince, at);
    return { steps: Math.min(this.#lost + pending, of), of };
  }

  #between(from: number, to: number): number {
    return Math.max(0, Math.round((to - Math.max(from, this.#lostUntil)) / this.#stepMs));
  }

  toJSON(): MissingState {
    return {
      first: this.#first,
      lost: this.#lost,
      lostUntil: Number.isFinite(this.#lostUntil) ? this.#lostUntil : (this.#first ?? 0),
    };
  }

  restore(state: MissingState): void {
    this.#first = state.first;
    this.#lost = state.lost;
    this.#lostUntil = state.lostUntil;
  }
}
