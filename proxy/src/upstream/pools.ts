import { Pool } from "undici";

export interface UpstreamTimeouts {
  readonly connectTimeoutMs: number;
  readonly firstByteTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly keepAliveMs: number;
}

/** One address of a variant, with its connections. */
export interface Upstream {
  /** Scheme, host and port, as a caller would see it in a `Location`. */
  readonly origin: string;
  /** Host and port, for the `Host` header. */
  readonly authority: string;
  /** Path prefix without a trailing slash; undici's pools take none, so it is joined here. */
  readonly basePath: string;
  readonly pool: Pool;
  inFlight: number;
}

function createUpstream(address: string, timeouts: UpstreamTimeouts): Upstream {
  const url = new URL(address);
  return {
    origin: url.origin,
    authority: url.host,
    basePath: url.pathname.replace(/\/+$/, ""),
    inFlight: 0,
    pool: new Pool(url.origin, {
      // The cap of requests in flight bounds the connections: a second bound here would be a hidden queue.
      connections: null,
      pipelining: 1,
      allowH2: false,
      connect: { timeout: timeouts.connectTimeoutMs },
      headersTimeout: timeouts.firstByteTimeoutMs,
      bodyTimeout: timeouts.idleTimeoutMs,
      keepAliveTimeout: timeouts.keepAliveMs,
      // An upstream's own `Keep-Alive: timeout` must not stretch ours: it may close in the meantime.
      keepAliveMaxTimeout: timeouts.keepAliveMs,
      maxResponseSize: -1,
    }),
  };
}

/** The upstreams of one variant; `pick` gives the one with the fewest requests in flight. */
export class Upstreams {
  readonly all: readonly Upstream[];

  constructor(addresses: readonly string[], timeouts: UpstreamTimeouts) {
    this.all = addresses.map((address) => createUpstream(address, timeouts));
  }

  pick(): Upstream {
    let best = this.all[0] as Upstream;
    for (const candidate of this.all) if (candidate.inFlight < best.inFlight) best = candidate;
    return best;
  }

  /** Closes idle connections at once. Only with nothing in flight: a request on its way would meet a closed pool. */
  async close(): Promise<void> {
    await Promise.all(this.all.map(({ pool }) => pool.close()));
  }

  /** Ends every connection, in use or not. */
  async destroy(): Promise<void> {
    await Promise.all(this.all.map(({ pool }) => pool.destroy()));
  }
}
