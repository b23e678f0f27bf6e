/** What waits in a `FairQueue`: its cost says how much of the model's time it takes, in any unit. */
export interface Costed {
  readonly cost: number;
}

interface Place<Entry> {
  readonly entry: Entry;
  readonly request: { waiting: number };
  /** Virtual time at which it would begin if every request got an equal share. */
  readonly tag: number;
}

/**
 * A queue that is fair between requests: one text of a new request comes before the many that are left of an older
 * one. Start-time fair queueing (Goyal, Vin and Cheng, SIGCOMM 1996) with the virtual time of generalised processor
 * sharing: the n-th text of a request is due when the n − 1 before it would be done if all requests that wait shared
 * the model equally. A request's first text is due when it comes, however long it is; nobody starves, because the
 * clock moves on with everything that is taken. Knows neither HTTP nor the model.
 */
export class FairQueue<Entry extends Costed> {
  #places: Place<Entry>[] = [];
  #clock = 0;
  #cost = 0;
  #requests = 0;

  get depth(): number {
    return this.#places.length;
  }

  /** Sum of the costs of what waits. */
  get cost(): number {
    return this.#cost;
  }

  /** @param entries what one request wants, in its order. */
  add(entries: readonly Entry[]): void {
    let tag = this.#clock;
    const request = { waiting: entries.length };
    const added = entries.map((entry) => {
      const place = { entry, request, tag };
      tag += entry.cost;
      // Not from the tags: those are fractions, and what is rounded away would never come back.
      this.#cost += entry.cost;
      return place;
    });
    const last = this.#places.at(-1);
    const [first] = added;
    if (first === undefined) return;
    this.#requests += 1;
    if (last === undefined || last.tag <= first.tag) this.#places.push(...added);
    else this.#places = merge(this.#places, added);
  }

  /** The next `count` entries in the order in which they are due; nothing is taken. */
  next(count: number): Entry[] {
    return this.#places.slice(0, count).map(({ entry }) => entry);
  }

  /** Takes the entries at these places of what `next` gave. */
  take(places: readonly number[]): Entry[] {
    const wanted = new Set(places);
    const head = this.#places.splice(0, Math.max(...places) + 1);
    const kept = head.filter((_, place) => !wanted.has(place));
    if (kept.length > 0) this.#places.unshift(...kept);
    const taken = places.flatMap((place) => head[place] ?? []);
    const cost = taken.reduce((sum, { entry }) => sum + entry.cost, 0);
    // What all wait for together passes as many times slower as there are requests that share it.
    this.#clock = Math.max(this.#clock, taken[0]?.tag ?? 0) + cost / Math.max(1, this.#requests);
    this.#forget(taken);
    return taken.map(({ entry }) => entry);
  }

  /** Removes what `isUnwanted` says, wherever it waits. @returns how many. */
  remove(isUnwanted: (entry: Entry) => boolean): number {
    const removed: Place<Entry>[] = [];
    this.#places = this.#places.filter((place) => {
      const leaves = isUnwanted(place.entry);
      if (leaves) removed.push(place);
      return !leaves;
    });
    this.#forget(removed);
    return removed.length;
  }

  #forget(places: readonly Place<Entry>[]): void {
    for (const { entry, request } of places) {
      this.#cost -= entry.cost;
      request.waiting -= 1;
      if (request.waiting === 0) this.#requests -= 1;
    }
  }
}

/** Two lists in the order of their tags → one; what is in `older` goes first where tags are equal. */
function merge<Entry>(older: readonly Place<Entry>[], newer: readonly Place<Entry>[]): Place<Entry>[] {
  const merged: Place<Entry>[] = [];
  let at = 0;
  for (const place of newer) {
    let next = older[at];
    while (next !== undefined && next.tag <= place.tag) {
      merged.push(next);
      at += 1;
      next = older[at];
    }
    merged.push(place);
  }
  for (; at < older.length; at += 1) {
    const rest = older[at];
    if (rest !== undefined) merged.push(rest);
  }
  return merged;
}
