import type { ServerOptions } from "node:http";

export const HEADERS_LIMIT_BYTES = 32 * 1024;
export const HEADERS_DEADLINE_MS = 10_000;
/** Longer than a balancer's usual 60 s: whoever closes first must not be the one that receives. */
export const KEEP_ALIVE_MS = 75_000;
export const HANDSHAKE_DEADLINE_MS = 10_000;

/** What node's HTTP/1 servers enforce by themselves. */
export const HTTP1_LIMITS = {
  maxHeaderSize: HEADERS_LIMIT_BYTES,
  headersTimeout: HEADERS_DEADLINE_MS,
  // A long upload has no total deadline.
  requestTimeout: 0,
  connectionsCheckingInterval: 1000,
  keepAliveTimeout: KEEP_ALIVE_MS,
  // Asked in headers.ts, where the refusal is ours and is counted.
  requireHostHeader: false,
  noDelay: true,
} as const satisfies ServerOptions;
