/** Those who wait for a place of one variant. */
export interface PlaceQueue {
  /** When its oldest came, as `TotalInFlight.ticket` numbered it; undefined if the variant itself has no place. */
  readonly oldestTicket: number | undefined;
  /** Gives a place to the oldest. */
  admitOldest(): void;
}

/**
 * Requests in flight at all upstreams together, of every generation; lives as long as the process. A place that
 * frees goes to whoever waits longest of those whose variant has a place too.
 */
export class TotalInFlight {
  value = 0;
  /** Infinity is no limit. */
  limit = Number.POSITIVE_INFINITY;
  readonly waiting = new Set<PlaceQueue>();
  #tickets = 0;
  #isHandingOver = false;

  /** undefined is no limit. Whoever waits may enter at once if the limit was raised. */
  setLimit(limit: number | undefined): void {
    this.limit = limit ?? Number.POSITIVE_INFINITY;
    this.handOver();
  }

  ticket(): number {
    return this.#tickets++;
  }

  /** Gives free places to those who wait. */
  handOver(): void {
    // Whoever gets a place may fail and leave before this returns: the loop sees that place, too.
    if (this.#isHandingOver) return;
    this.#isHandingOver = true;
    try {
      for (let next = this.#next(); next !== undefined; next = this.#next()) next.admitOldest();
    } finally {
      this.#isHandingOver = false;
    }
  }

  #next(): PlaceQueue | undefined {
    if (this.value >= this.limit) return undefined;
    let next: PlaceQueue | undefined;
    let oldest = Number.POSITIVE_INFINITY;
    for (const queue of this.waiting) {
      const ticket = queue.oldestTicket ?? Number.POSITIVE_INFINITY;
      if (ticket < oldest) {
        oldest = ticket;
        next = queue;
      }
    }
    return next;
  }
}
