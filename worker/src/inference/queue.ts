/** A bounded first-in-first-out queue with all-or-nothing admission. Knows neither HTTP nor the model. */
export class BoundedQueue<Entry extends object> {
  readonly limit: number;
  // A Set keeps insertion order and removes from the middle at constant cost: callers leave while they wait.
  readonly #entries = new Set<Entry>();

  constructor(limit: number) {
    this.limit = limit;
  }

  get depth(): number {
    return this.#entries.size;
  }

  /** Takes all entries or none. @returns whether they were taken. */
  admit(entries: readonly Entry[]): boolean {
    if (this.#entries.size + entries.length > this.limit) return false;
    for (const entry of entries) this.#entries.add(entry);
    return true;
  }

  /** Removes and returns the oldest entry. */
  take(): Entry | undefined {
    for (const entry of this.#entries) {
      this.#entries.delete(entry);
      return entry;
    }
    return undefined;
  }

  /** @returns whether the entry was still waiting. */
  remove(entry: Entry): boolean {
    return this.#entries.delete(entry);
  }

  /** Removes and returns everything, oldest first. */
  drain(): Entry[] {
    const entries = [...this.#entries];
    this.#entries.clear();
    return entries;
  }
}
