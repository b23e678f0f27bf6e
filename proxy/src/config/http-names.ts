import { z } from "zod";
import { PREDICTION_HEADER } from "../outcomes/prediction.ts";

/** RFC 9110 5.6.2 token without `*`, which people mean as a wildcard. */
const TOKEN = /^[!#$%&'+.^_`|~0-9A-Za-z-]{1,64}$/;
const LABEL = "[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?";
const HOSTNAME = new RegExp(`^(?=.{1,253}$)${LABEL}(?:\\.${LABEL})*$`);

/** RFC 9110 7.6.1 and what older peers still treat alike: about one connection, never to be forwarded. */
export const HOP_BY_HOP = [
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authentication-info",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "http2-settings",
];
/** Of a request: its answer reaches nobody, so that a worker counts it apart. A caller's own is dropped. */
export const SHADOW_HEADER = "x-blindsplit-shadow";
/** Headers that name the software or the bytes behind an answer: each of them would tell the variant. */
const TELLING = ["server", "via", "x-powered-by", "etag", "server-timing", PREDICTION_HEADER];
/** Request headers whose meaning is not ours to change. */
const CARRYING = [
  ...["host", "cookie", "content-length", "content-type", "expect", "x-forwarded-for"],
  ...[PREDICTION_HEADER, SHADOW_HEADER],
];

/** Request headers that the proxy writes itself. */
const FORWARDED = ["x-forwarded-host", "x-forwarded-proto", "x-request-id"];
/** About the way of a request or what the caller may read, `*` for any end; nothing of it is a user or a token. */
const CIRCUMSTANCES = [
  "accept-encoding",
  "access-control-*",
  "forwarded",
  "origin",
  "sec-*",
  "traceparent",
  "tracestate",
  "via",
  "x-forwarded-*",
  "x-real-ip",
  "x-request-id",
];
/** What every client sends by itself, which no token may come out of or take the place of. */
const STANDARD = [
  "accept",
  "accept-*",
  "authorization",
  "baggage",
  "cache-control",
  "content-*",
  "date",
  "dnt",
  "from",
  "if-*",
  "last-event-id",
  "max-forwards",
  "pragma",
  "prefer",
  "priority",
  "range",
  "referer",
  "upgrade-insecure-requests",
  "user-agent",
  "x-requested-with",
];

const quoted = (value: unknown) => JSON.stringify(value);

function headerName(reserved: readonly string[], why: string) {
  return z
    .string()
    .regex(TOKEN, {
      error: ({ input }) =>
        `${quoted(input)} is no header name: write the full name of one header, such as x-request-cost, without * or spaces`,
    })
    .transform((text) => text.toLowerCase())
    .refine((name) => !reserved.some((one) => isMeant(one, name)), {
      error: ({ input }) => `${quoted(input)} cannot be used here: ${why}`,
    });
}

function isMeant(reserved: string, name: string): boolean {
  return reserved.endsWith("*") ? name.startsWith(reserved.slice(0, -1)) : name === reserved;
}

/** A response header that `blind.headers` may open. */
export const openHeader = headerName(
  [...HOP_BY_HOP, ...TELLING, "content-length"],
  "it concerns one connection or would tell the variants apart; remove it",
);

/** A response header that `blind.set_headers` may set. */
export const setHeader = headerName(
  [
    ...HOP_BY_HOP,
    ...["allow", "content-encoding", "content-length", "content-type", "location"],
    ...["set-cookie", "www-authenticate", "x-request-id"],
  ],
  "it concerns one connection, one caller or one answer; remove it",
);

/** A request header that an upstream may be given. */
export const upstreamHeader = headerName(
  [...HOP_BY_HOP, ...CARRYING, ...FORWARDED, "content-encoding"],
  "the proxy or the caller gives it its value; remove it (the upstream's own name is set with the key host)",
);

/** The value of a header; no message repeats it, because it may be a password. */
export const headerValue = z
  .string()
  .max(4096)
  .regex(/^(?:[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?)?$/, {
    error: () =>
      "has control characters, characters outside of ASCII, or blanks at an end: remove them (a secret file often ends in a line end)",
  });

/** The request header that carries the unit id. */
export const idHeader = headerName(
  [...HOP_BY_HOP, ...CARRYING, ...CIRCUMSTANCES],
  "it has a meaning of its own in HTTP or to proxies; use a header such as x-user-id",
);

/** The request header that carries a force token. */
export const forceHeader = headerName(
  [...HOP_BY_HOP, ...CARRYING, ...CIRCUMSTANCES, ...STANDARD],
  "it has a meaning of its own in HTTP or to proxies; use a header such as x-blindsplit-force",
);

export const cookieName = z.string().regex(TOKEN, {
  error: ({ input }) => `${quoted(input)} is no cookie name: use 1 to 64 letters, digits, - and _`,
});

export const cookieDomain = z.string().regex(HOSTNAME, {
  error: ({ input }) =>
    `${quoted(input)} is no domain: write a host name such as example.com, without scheme, port or leading dot`,
});

/** A name allowed in the Host header of the admin listener. */
export const adminHost = z
  .string()
  .regex(HOSTNAME, {
    error: ({ input }) =>
      `${quoted(input)} is no host name: write it without scheme and port, such as proxy.internal`,
  })
  .transform((text) => text.toLowerCase());

/** The value of a `Host` field. */
export const authority = z
  .string()
  .regex(new RegExp(`^(?:${HOSTNAME.source.slice(1, -1)}|\\[[0-9A-Fa-f:.]{2,45}\\])(?::[0-9]{1,5})?$`), {
    error: ({ input }) =>
      `${quoted(input)} is no host: write a host name or address and, where needed, its port, such as models.internal:8000`,
  });

/** What a certificate must name; sent as SNI. */
export const serverName = z.string().regex(HOSTNAME, {
  error: ({ input }) =>
    `${quoted(input)} is no host name: write it without scheme and port, such as models.internal`,
});

/** Something to bind to: a host name, an IPv4 or IPv6 address. */
export const host = z
  .string()
  .regex(new RegExp(`${HOSTNAME.source}|^[0-9A-Fa-f:.]{2,45}(?:%[0-9A-Za-z._-]{1,32})?$`), {
    error: ({ input }) =>
      `${quoted(input)} is no address: write an IP address or host name without port, such as 127.0.0.1, 0.0.0.0 or ::`,
  });

export const port = z.int().min(0).max(65_535);

/** What a health check asks for. */
export const checkPath = z
  .string()
  .max(2048)
  .regex(/^\/[\x21\x22\x24-\x7e]*$/, {
    error: ({ input }) =>
      `${quoted(input)} is no path: begin it with /, encode blanks and other letters, and leave # away, such as /readyz`,
  });

const UNIX_LIMIT_BYTES = 100;

/** A unix socket; the kernel takes 107 bytes, and a relative path may grow where it is resolved. */
export const unixSocket = z
  .string()
  .min(1)
  .regex(/^\P{Cc}*$/u, { error: () => "has control characters: remove them" })
  .refine((path) => Buffer.byteLength(path) <= UNIX_LIMIT_BYTES, {
    error: ({ input }) =>
      `has ${Buffer.byteLength(String(input))} bytes: the most is ${UNIX_LIMIT_BYTES}, choose a shorter path`,
  });
