import { promises as dns, type LookupAddress } from "node:dns";
import type { LookupFunction } from "node:net";

/** Every address of a name, in the resolver's order; rejects like `dns.lookup`. */
export type ResolveName = (hostname: string) => Promise<readonly LookupAddress[]>;

export const resolveName: ResolveName = (hostname) => dns.lookup(hostname, { all: true });

export interface NameOptions {
  readonly hostname: string;
  /** How old an answer of the resolver may be. */
  readonly refreshMs: number;
  readonly resolve: ResolveName;
  /** The name leads to another set of addresses than before; not called for the first. */
  readonly onChange: () => void;
}

/**
 * The addresses of one upstream's name. Once it is known it is resolved anew in the background, so that nobody
 * waits for it; a resolver that fails changes nothing.
 */
export class ResolvedName {
  readonly #options: NameOptions;
  #addresses: readonly LookupAddress[] = [];
  #triedAt = Number.NEGATIVE_INFINITY;
  #underWay: Promise<void> | undefined;
  #connects = 0;
  #isLive = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: NameOptions) {
    this.#options = options;
  }

  /** In the resolver's order; empty before the first connect. */
  get addresses(): readonly string[] {
    return this.#addresses.map(({ address }) => address);
  }

  /** For `net.connect` and `tls.connect`. */
  readonly lookup: LookupFunction = (_hostname, { all }, callback) => {
    const answer = () => {
      const addresses = rotate(this.#addresses, this.#connects++);
      const [first] = addresses;
      if (all === true || first === undefined) callback(null, addresses);
      else callback(null, first.address, first.family);
    };
    const isFresh = performance.now() - this.#triedAt <= this.#options.refreshMs;
    if (this.#addresses.length > 0 && (isFresh || this.#underWay !== undefined)) queueMicrotask(answer);
    else
      this.#refresh().then(answer, (error: NodeJS.ErrnoException) => {
        if (this.#addresses.length > 0) answer();
        else callback(error, []);
      });
  };

  start(): void {
    this.#isLive = true;
    this.#arm();
  }

  stop(): void {
    this.#isLive = false;
    clearTimeout(this.#timer);
  }

  /** Names of one configuration are not resolved in the same instant, and none is older than it may be. */
  #arm(): void {
    clearTimeout(this.#timer);
    if (!this.#isLive || this.#addresses.length === 0) return;
    const delayMs = this.#options.refreshMs * (0.9 + 0.1 * Math.random());
    this.#timer = setTimeout(() => void this.#refresh().catch(() => undefined), delayMs);
    this.#timer.unref();
  }

  #refresh(): Promise<void> {
    this.#underWay ??= this.#resolve().finally(() => {
      this.#underWay = undefined;
      this.#triedAt = performance.now();
      this.#arm();
    });
    return this.#underWay;
  }

  async #resolve(): Promise<void> {
    const { hostname, resolve, onChange } = this.#options;
    const found = await resolve(hostname);
    if (found.length === 0) throw new Error(`${hostname} has no address`);
    const known = this.#addresses;
    this.#addresses = found;
    if (known.length > 0 && !isSameSet(known, found)) onChange();
  }
}

function isSameSet(some: readonly LookupAddress[], others: readonly LookupAddress[]): boolean {
  const names = new Set(some.map(({ address }) => address));
  const otherNames = new Set(others.map(({ address }) => address));
  return names.size === otherNames.size && [...names].every((name) => otherNames.has(name));
}

/**
 * Every connect starts with another address. Within a family only: the resolver has put the family first that
 * this machine reaches better (RFC 6724).
 */
function rotate(addresses: readonly LookupAddress[], by: number): LookupAddress[] {
  const families = [...new Set(addresses.map(({ family }) => family))];
  return families.flatMap((family) => {
    const members = addresses.filter((address) => address.family === family);
    const start = by % members.length;
    return [...members.slice(start), ...members.slice(0, start)];
  });
}
