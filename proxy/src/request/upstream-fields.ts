import type { Upstream } from "../upstream/upstream.ts";
import { withoutFields } from "./headers.ts";

/** A request's fields (name, value, name, value …) as this upstream gets them: with those configured for it. */
export function upstreamFields(upstream: Upstream, headers: string[]): string[] {
  const own = upstream.headerNames === undefined ? headers : withoutFields(headers, upstream.headerNames);
  // undici says the address's own `Host` by itself, at less cost than a field that it has to look at.
  if (upstream.host === undefined && upstream.headers.length === 0) return own;
  return [...own, ...(upstream.host === undefined ? [] : ["host", upstream.host]), ...upstream.headers];
}
