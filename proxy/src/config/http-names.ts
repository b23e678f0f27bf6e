import { z } from "zod";

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
/** Headers that name the software or the bytes behind an answer: each of them would tell the variant. */
const TELLING = ["server", "via", "x-powered-by", "etag", "server-timing"];
/** Request headers whose meaning is not ours to change. */
const CARRYING = ["host", "cookie", "content-length", "content-type", "expect", "x-forwarded-for"];

const quoted = (value: unknown) => JSON.stringify(value);

function headerName(reserved: readonly string[], why: string) {
  return z
    .string()
    .regex(TOKEN, {
      error: ({ input }) =>
        `${quoted(input)} is no header name: write the full name of one header, such as x-request-cost, without * or spaces`,
    })
    .transform((text) => text.toLowerCase())
    .refine((name) => !reserved.includes(name), {
      error: ({ input }) => `${quoted(input)} cannot be used here: ${why}`,
    });
}

/** A response header that `blind.headers` may open. */
export const openHeader = headerName(
  [...HOP_BY_HOP, ...TELLING, "content-length"],
  "it concerns one connection or would tell the variants apart; remove it",
);

/** The request header that carries the unit id. */
export const idHeader = headerName(
  [...HOP_BY_HOP, ...CARRYING],
  "it has a meaning of its own in HTTP; use a header such as x-user-id",
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

/** Something to bind to: a host name, an IPv4 or IPv6 address. */
export const host = z
  .string()
  .regex(new RegExp(`${HOSTNAME.source}|^[0-9A-Fa-f:.]{2,45}(?:%[0-9A-Za-z._-]{1,32})?$`), {
    error: ({ input }) =>
      `${quoted(input)} is no address: write an IP address or host name without port, such as 127.0.0.1, 0.0.0.0 or ::`,
  });

export const port = z.int().min(0).max(65_535);

export const hiddenPath = z.string().regex(/^(?:\/[^/?#\s\p{Cc}]+)+$/u, {
  error: ({ input }) =>
    `${quoted(input)} is no path to hide: begin with /, name at least one segment, end without /, without ? and #, such as /internal`,
});
