import { isIP } from "node:net";
import type { ResolveName } from "../upstream/name.ts";

/** An answer of the resolver, good or bad, is taken for this long before the name is asked for anew. */
const FRESH_MS = 10_000;
/** Names that are kept or pending: far more than a page asks processes. */
const MOST_NAMES = 1_000;

export type FoundName =
  /** In the resolver's order, each once. */
  | { readonly addresses: readonly string[]; readonly problem?: never }
  /** One sentence for the operator. */
  | { readonly problem: string };

interface Name {
  readonly host: string;
  found: FoundName | undefined;
  /** Milliseconds of the monotonic clock. */
  triedAtMs: number;
  /** Resolves with the lookup, never rejects. */
  pending: Promise<void> | undefined;
  /** Of the collection that began the lookup. */
  begunBy: AbortSignal | undefined;
}

const NOT_YET: FoundName = { problem: "It was not asked: its name has not been resolved yet." };

/**
 * What the names of a page's processes lead to, for as long as the page lives. A lookup cannot be called off, and it
 * takes a thread of the pool that traffic's own lookups need; while a resolver hangs, every second would start another.
 * So there is one lookup at a time, one at most for each name, and whoever comes while it is pending does not wait.
 */
export class Names {
  readonly #resolve: ResolveName;
  readonly #names = new Map<string, Name>();
  #queue: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(resolve: ResolveName) {
    this.#resolve = resolve;
  }

  /**
   * What is known of a name; if that is old, it is looked up in the background. Only for a name of which nothing is known
   * yet does the collection that asks first wait, until its signal. Never rejects.
   *
   * @param signal one for each collection
   */
  async find(host: string, signal: AbortSignal): Promise<FoundName> {
    const name = this.#nameOf(host);
    if (name === undefined) return NOT_YET;
    if (name.pending === undefined && performance.now() - name.triedAtMs >= FRESH_MS) {
      name.begunBy = signal;
      name.pending = this.#lookUp(name);
    }
    if (name.found === undefined && name.pending !== undefined && name.begunBy === signal)
      await untilAborted(name.pending, signal);
    return name.found ?? NOT_YET;
  }

  /** Lookups that have not begun are not made any more. */
  stop(): void {
    this.#isStopped = true;
  }

  #nameOf(host: string): Name | undefined {
    const known = this.#names.get(host);
    if (known !== undefined) return known;
    if (this.#names.size >= MOST_NAMES) this.#forgetOld();
    if (this.#names.size >= MOST_NAMES) return undefined;
    const name: Name = {
      host,
      found: undefined,
      triedAtMs: Number.NEGATIVE_INFINITY,
      pending: undefined,
      begunBy: undefined,
    };
    this.#names.set(host, name);
    return name;
  }

  #forgetOld(): void {
    for (const [host, { pending, triedAtMs }] of this.#names)
      if (pending === undefined && performance.now() - triedAtMs >= FRESH_MS) this.#names.delete(host);
  }

  #lookUp(name: Name): Promise<void> {
    this.#queue = this.#queue.then(async () => {
      if (!this.#isStopped) name.found = await this.#ask(name.host);
      name.pending = undefined;
      name.triedAtMs = performance.now();
    });
    return this.#queue;
  }

  async #ask(host: string): Promise<FoundName> {
    try {
      const found = await this.#resolve(host);
      return { addresses: [...new Set(found.map(({ address }) => address))] };
    } catch (error) {
      return { problem: `Its name leads nowhere: ${(error as Error).message}.` };
    }
  }
}

/** By family, in the order of their first members. */
export function familiesOf(addresses: readonly string[]): readonly string[][] {
  const families = [...new Set(addresses.map(isIP))];
  return families.map((family) => addresses.filter((address) => isIP(address) === family));
}

function untilAborted(pending: Promise<void>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  const { promise: aborted, resolve } = Promise.withResolvers<void>();
  const abort = () => resolve();
  signal.addEventListener("abort", abort, { once: true });
  return Promise.race([pending, aborted]).finally(() => signal.removeEventListener("abort", abort));
}
