import type { IncomingHttpHeaders } from "node:http";
import { type AnswerOrigin, createAddressHider } from "./addresses.ts";

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

export interface Blinder {
  /** The headers that leave, as name, value, name, value …, in the order of the list. */
  headers(upstream: IncomingHttpHeaders, from: AnswerOrigin): string[];
  /** Those that leave with a body of our own: what the status demands, and when to come again. */
  errorHeaders(upstream: IncomingHttpHeaders): string[];
}

/**
 * @param extra further names that may leave (`blind.headers`), in lower case
 * @param upstreamOrigins every address of every variant: none of them may show
 * @param sessionCookie the proxy's own cookie: an upstream cannot set it
 */
export function createBlinder(
  extra: readonly string[],
  upstreamOrigins: readonly string[],
  sessionCookie: string,
): Blinder {
  const names = [
    ...ALLOWED_HEADERS,
    ...extra.filter((name) => !(ALLOWED_HEADERS as readonly string[]).includes(name)),
  ];
  const hide = createAddressHider(upstreamOrigins);

  function pass(name: string, value: string, from: AnswerOrigin): string | undefined {
    switch (name) {
      case "cache-control":
        return undefined; // Added for every answer alike, below.
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

  return {
    headers(upstream, from) {
      const pairs: string[] = [];
      for (const name of names) {
        if (name === "cache-control") {
          pairs.push(name, privateCaching(upstream["cache-control"]));
          continue;
        }
        if (!Object.hasOwn(upstream, name)) continue;
        const value = upstream[name] as string | string[];
        for (const one of Array.isArray(value) ? value : [value]) {
          const passed = pass(name, one, from);
          if (passed !== undefined) pairs.push(name, passed);
        }
      }
      return pairs;
    },
    errorHeaders: (upstream) =>
      ERROR_HEADERS.flatMap((name) => [upstream[name] ?? []].flat().flatMap((value) => [name, value])),
  };
}

/** 405 needs `Allow`, 401 needs `WWW-Authenticate` (RFC 9110, 15.5). */
const ERROR_HEADERS = ["retry-after", "allow", "www-authenticate"] as const;

/** No shared cache may hand one variant's answer to the other's users (RFC 9111, 5.2.2.7). */
export function privateCaching(value: string | string[] | undefined): string {
  const kept = (Array.isArray(value) ? value.join(",") : (value ?? ""))
    // Not at a comma within quotes: `private="set-cookie, x"`.
    .split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/)
    .map((directive) => directive.trim())
    .filter(
      (directive) => directive !== "" && !/^(public|private|s-maxage|proxy-revalidate)\b/i.test(directive),
    );
  return [...kept, "private"].join(", ");
}
