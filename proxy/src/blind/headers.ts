import type { IncomingHttpHeaders } from "node:http";
import { type AnswerOrigin, createAddressHider } from "./addresses.ts";
import { createMediaTypes } from "./media-type.ts";

/**
 * The response headers that may leave, in the order in which they leave. Everything else stays inside: what is
 * not needed to use the answer could tell which variant gave it.
 */
export const ALLOWED_HEADERS = [
  "content-type",
  "content-length",
  "content-encoding",
  "content-language",
  "content-disposition",
  "content-range",
  "accept-ranges",
  "cache-control",
  "retry-after",
  "allow",
  "location",
  "link",
  "www-authenticate",
  "access-control-allow-origin",
  "access-control-allow-credentials",
  "access-control-allow-methods",
  "access-control-allow-headers",
  "access-control-expose-headers",
  "access-control-max-age",
  "access-control-allow-private-network",
  "set-cookie",
] as const;

/** Their values are the proxy's own where framing is made equal: what the upstream chose would tell it. */
const FRAMING = new Set(["content-length", "content-encoding"]);

/** Written by the gateway itself, or meant for it alone: a service's own never leave, whatever a configuration lists. */
const OWN = new Set(["x-request-id", "x-outcome-token", "x-blindsplit-prediction"]);

export interface Blinder {
  /** The headers that leave, as name, value, name, value …, in the order of the list. */
  headers(upstream: IncomingHttpHeaders, from: AnswerOrigin, status: number): string[];
  /** Those that leave with a body of our own: what the status demands (RFC 9110, 15.5: 401, 405). */
  errorHeaders(upstream: IncomingHttpHeaders): string[];
  /** Whether a `Content-Type` says that the body is one JSON document. */
  isJson(contentType: string | undefined): boolean;
}

export interface BlinderOptions {
  /** Further names that may leave (`blind.headers`), in lower case. */
  readonly extra: readonly string[];
  /** Fields that leave with exactly this value, whatever the upstream said. */
  readonly fixed: Readonly<Record<string, string>>;
  readonly equalFraming: boolean;
  /** Every address of every variant: none of them may show. */
  readonly upstreamOrigins: readonly string[];
  /** The proxy's own cookie: an upstream cannot set it. */
  readonly sessionCookie: string;
}

export function createBlinder(options: BlinderOptions): Blinder {
  const { extra, fixed, equalFraming, upstreamOrigins, sessionCookie } = options;
  const names = [...new Set([...ALLOWED_HEADERS, ...extra, ...Object.keys(fixed)])].filter(
    (name) => !(equalFraming && FRAMING.has(name)) && !OWN.has(name),
  );
  const ranks = new Map(names.map((name, rank) => [name, rank]));
  const fixedRanks = Object.entries(fixed).map(([name, value]) => [ranks.get(name) ?? -1, value] as const);
  const cachingRank = ranks.get("cache-control") ?? -1;
  const typeRank = ranks.get("content-type") ?? -1;
  const isFixed = (name: string) => Object.hasOwn(fixed, name);
  const hide = createAddressHider(upstreamOrigins);
  const mediaTypes = createMediaTypes();
  // One answer at a time is made fit to leave, and nothing in between waits.
  const values = new Array<string | string[] | undefined>(names.length).fill(undefined);

  function fit(name: string, value: string, from: AnswerOrigin): string | undefined {
    switch (name) {
      case "content-type":
        return equalFraming ? mediaTypes.read(value).text : value;
      case "location":
        return hide.location(value, from);
      case "link":
        return value.replaceAll(/<([^>]*)>/g, (_, target: string) => `<${hide.location(target, from)}>`);
      case "set-cookie":
        return value.startsWith(`${sessionCookie}=`) ? undefined : hide.cookie(value, from);
      default:
        return value;
    }
  }

  /** Some frameworks leave the type out where others say the default, or say one where there is no body. */
  function equaliseType(status: number): void {
    if (status === 204 || status === 304) values[typeRank] = undefined;
    else values[typeRank] ??= "application/octet-stream";
  }

  return {
    headers(upstream, from, status) {
      values.fill(undefined);
      for (const name in upstream) {
        const rank = ranks.get(name);
        if (rank !== undefined) values[rank] = upstream[name];
      }
      if (!isFixed("cache-control")) values[cachingRank] = privateCaching(upstream["cache-control"]);
      if (equalFraming) equaliseType(status);
      for (const [rank, value] of fixedRanks) values[rank] = value;
      const pairs: string[] = [];
      for (let rank = 0; rank < values.length; rank++) {
        const value = values[rank];
        if (value === undefined) continue;
        const name = names[rank] as string;
        if (typeof value === "string") add(pairs, name, fit(name, value, from));
        else for (const one of value) add(pairs, name, fit(name, one, from));
      }
      return pairs;
    },
    errorHeaders: (upstream) =>
      ERROR_HEADERS.flatMap((name) => [upstream[name] ?? []].flat().flatMap((value) => [name, value])),
    isJson: (contentType) => contentType !== undefined && mediaTypes.read(contentType).isJson,
  };
}

const ERROR_HEADERS = ["allow", "www-authenticate"] as const;

function add(pairs: string[], name: string, value: string | undefined): void {
  if (value !== undefined) pairs.push(name, value);
}

/** No shared cache may hand one variant's answer to the other's users (RFC 9111, 5.2.2.7). */
export function privateCaching(value: string | string[] | undefined): string {
  if (value === undefined) return "private";
  const kept = (Array.isArray(value) ? value.join(",") : value)
    // Not at a comma within quotes: `private="set-cookie, x"`.
    .split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/)
    .map((directive) => directive.trim())
    .filter(
      (directive) => directive !== "" && !/^(public|private|s-maxage|proxy-revalidate)\b/i.test(directive),
    );
  return [...kept, "private"].join(", ");
}
