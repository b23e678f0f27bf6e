import { isIP } from "node:net";
import type { Dispatcher, Pool } from "undici";
import type { UpstreamAddress } from "../config/config.ts";
import { bareHost, type ConnectOptions, createConnectOptions } from "./connect-options.ts";
import type { UpstreamFailure, UpstreamHealth } from "./health.ts";
import { ResolvedName, type ResolveName } from "./name.ts";
import { createPool, type PoolSettings } from "./pool.ts";

export interface UpstreamOptions {
  readonly address: UpstreamAddress;
  readonly settings: PoolSettings & { readonly dnsRefreshMs: number };
  readonly health: UpstreamHealth;
  readonly resolve: ResolveName;
}

/** One address of a variant, with its connections. */
export class Upstream {
  /** As configured. */
  readonly url: string;
  /** Scheme, host and port, as a caller would see it in a `Location`. */
  readonly origin: string;
  /** The `Host` field that the configuration names, if it does. */
  readonly host: string | undefined;
  /** For the `Host` field: the one named, or the address's own. */
  readonly authority: string;
  /** Path prefix without a trailing slash; undici's pools take none, so it is joined here. */
  readonly basePath: string;
  /** Fields set on every request: name, value, name, value …, names in lower case. */
  readonly headers: readonly string[];
  /** Of these fields; undefined if there are none. */
  readonly headerNames: ReadonlySet<string> | undefined;
  readonly connectOptions: ConnectOptions;
  readonly health: UpstreamHealth;
  inFlight = 0;
  readonly #settings: PoolSettings;
  readonly #name: ResolvedName | undefined;
  #pool: Pool;
  /** Of addresses that the name has left; each closes when its last request has ended. */
  readonly #leftPools = new Set<Pool>();

  constructor({ address, settings, health, resolve }: UpstreamOptions) {
    const url = new URL(address.url);
    const headers = Object.entries(address.headers);
    this.url = address.url;
    this.origin = url.origin;
    this.host = address.host;
    this.authority = address.host ?? url.host;
    this.basePath = url.pathname.replace(/\/+$/, "");
    this.headers = headers.flat();
    this.headerNames = headers.length === 0 ? undefined : new Set(headers.map(([name]) => name));
    this.health = health;
    this.#settings = settings;
    const hostname = bareHost(url);
    if (isIP(hostname) === 0)
      this.#name = new ResolvedName({
        hostname,
        refreshMs: settings.dnsRefreshMs,
        resolve,
        onChange: () => {
          health.record.dnsChanges.value++;
          this.#followName();
        },
      });
    this.connectOptions = createConnectOptions(url, address.tls, this.#name?.lookup);
    this.#pool = createPool(this.origin, this.connectOptions, settings);
  }

  /** For a call made now: changes when the name leads elsewhere. */
  get dispatcher(): Dispatcher {
    return this.#pool;
  }

  /** Those it was last connected to; empty before the first connect to a name. */
  get addresses(): readonly string[] {
    return this.#name?.addresses ?? [this.connectOptions.host];
  }

  /** 502, 503 and 504 speak against the upstream; a model's own 500 does not. */
  answered(status: number): void {
    if (status >= 502 && status <= 504) this.failed("status");
    else this.succeeded();
  }

  /** An answer came, with any status but 502, 503 and 504. */
  succeeded(): void {
    this.health.succeeded();
  }

  /** `detail` is for the operator alone. */
  failed(kind: UpstreamFailure, detail?: string): void {
    this.health.failed(kind, detail ?? (kind === "connect" ? "no connection" : "answered 502, 503 or 504"));
  }

  /** Begins to resolve the name anew. */
  start(): void {
    this.#name?.start();
  }

  /** Stops following the name; connections stay. */
  stop(): void {
    this.#name?.stop();
  }

  /** Closes idle connections at once. Only with nothing in flight: a request on its way would meet a closed pool. */
  async close(): Promise<void> {
    // A destroyed pool refuses to be closed.
    const pools = [this.#pool, ...this.#leftPools].filter(({ destroyed }) => !destroyed);
    await Promise.all(pools.map((pool) => pool.close()));
  }

  /** Ends every connection, in use or not. */
  async destroy(): Promise<void> {
    await Promise.all([this.#pool, ...this.#leftPools].map((pool) => pool.destroy()));
  }

  #followName(): void {
    const left = this.#pool;
    // First the new one: a call that meets a closed pool fails (ClientClosedError).
    this.#pool = createPool(this.origin, this.connectOptions, this.#settings);
    this.#leftPools.add(left);
    left.close(() => this.#leftPools.delete(left));
  }
}
