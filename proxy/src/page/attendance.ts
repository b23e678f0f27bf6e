/** Entries of processes that were not asked for so many collections are forgotten. */
const KEPT_COLLECTIONS = 500;

interface Entry {
  readonly hasAnswered: boolean;
  /** Number of the collection in which it was asked last, from 1. */
  readonly askedIn: number;
  /** What it called itself when it answered last. */
  readonly instance: string | undefined;
}

/**
 * Who answered when asked last, for as long as the page lives: where there are too many processes to ask them all in
 * time, those that are silent must not hide those that speak, and each of them must have its turn.
 */
export class Attendance {
  readonly #entries = new Map<string, Entry>();
  #collection = 0;

  /** Another collection begins. */
  begin(): void {
    this.#collection++;
    for (const [key, { askedIn }] of this.#entries)
      if (askedIn < this.#collection - KEPT_COLLECTIONS) this.#entries.delete(key);
  }

  /** Lower is asked earlier: who answered, who was never asked, then who was asked in vain, the longest ago first. */
  rank(key: string): number {
    const entry = this.#entries.get(key);
    if (entry === undefined) return 0;
    return entry.hasAnswered ? -1 : entry.askedIn;
  }

  /** What the process there called itself when it answered last. */
  instance(key: string): string | undefined {
    return this.#entries.get(key)?.instance;
  }

  note(key: string, { hasAnswered, instance }: Omit<Entry, "askedIn">): void {
    this.#entries.set(key, {
      hasAnswered,
      instance: instance ?? this.instance(key),
      askedIn: this.#collection,
    });
  }
}
