import type { Exchange } from "./exchange.ts";
import { type RequestHead, withoutFields } from "./headers.ts";

/**
 * What an upstream is told beside `Host`: the fields that pass, where the request came from, and its id. With
 * `trusted_hops` the claims of the proxies before us stay and ours is appended; without, nobody before us is believed.
 */
export function upstreamHeaders(
  { request: { socket }, requestId, generation }: Exchange,
  head: RequestHead,
  ignoresIdHeader: boolean,
): string[] {
  const { trustsHops } = generation;
  const headers = ignoresIdHeader
    ? withoutFields(head.passed, new Set([generation.loaded.config.identity.header]))
    : head.passed;
  const remote = socket.remoteAddress ?? "";
  const forwardedFor =
    trustsHops && head.forwardedFor !== undefined ? `${head.forwardedFor}, ${remote}` : remote;
  if (forwardedFor !== "") headers.push("x-forwarded-for", forwardedFor);
  const host = (trustsHops ? head.forwardedHost : undefined) ?? head.hosts[0];
  if (host !== undefined) headers.push("x-forwarded-host", host);
  const own = "encrypted" in socket ? "https" : "http";
  headers.push("x-forwarded-proto", (trustsHops ? head.forwardedProto : undefined) ?? own);
  headers.push("x-request-id", requestId);
  return headers;
}
