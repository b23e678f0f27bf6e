import { chunked, HIDDEN, post, raw, type SmugglingCase } from "./case.ts";

const LENGTH = `Content-Length: ${HIDDEN.length}`;
const CHUNKED = "Transfer-Encoding: chunked";
const SECOND = raw("GET /second HTTP/1.1", []);
const show = (text: string) => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);

/** Requests that are refused by their head: a request in their body stays their body. */
const REFUSED_HEADS: readonly (readonly [string, readonly string[]])[] = [
  ["POST /metrics HTTP/1.1", []],
  ["POST /%6detrics HTTP/1.1", []],
  ["POST /../x HTTP/1.1", []],
  ["TRACE / HTTP/1.1", []],
  ["OPTIONS * HTTP/1.1", []],
  ["POST / HTTP/1.1", ["X-User-Id: "]],
  ["POST / HTTP/1.1", ["X-User-Id: a", "X-User-Id: b"]],
  ["POST / HTTP/1.1", ["X-User-Id: \xff"]],
  ["POST / HTTP/1.1", [`X-User-Id: ${"a".repeat(257)}`]],
  [`POST /${"a".repeat(17_000)} HTTP/1.1`, []],
  ["POST /metrics HTTP/1.1", ["Expect: 100-continue"]],
];

const EXPECTS = ["100-continue", "100-Continue", "100-continue, 100-continue", "miracles", "", "200-ok"];

const UPGRADES = [
  ["Upgrade: h2c", "Connection: Upgrade, HTTP2-Settings", "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA"],
  ["Upgrade: websocket", "Connection: Upgrade"],
  [
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  ],
  [
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Version: 1337",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  ],
  ["Upgrade: TLS/1.0", "Connection: Upgrade"],
  ["Upgrade: websocket, h2c", "Connection: upgrade"],
  ["Upgrade: h2c"],
];

/** Several requests on one connection, and requests that hide in the body of another. */
export const sequences: readonly SmugglingCase[] = [
  { name: "two requests at once", bytes: `${post([])}${SECOND}`, expect: "forwarded", requests: 2 },
  {
    name: "a second request after a body of 0 bytes",
    bytes: post(["Content-Length: 0"], SECOND),
    expect: "forwarded",
    requests: 2,
  },
  {
    name: "a second request after a body",
    bytes: post(["Content-Length: 5"], `hello${SECOND}`),
    expect: "forwarded",
    requests: 2,
  },
  {
    name: "a second request after chunks",
    bytes: post([CHUNKED], chunked("hello") + SECOND),
    expect: "forwarded",
    requests: 2,
  },
  {
    name: "a second request after Connection: close",
    bytes: post(["Connection: close"], HIDDEN),
    expect: "forwarded",
  },
  {
    name: "a second request after HTTP/1.0",
    bytes: raw("POST / HTTP/1.0", ["Content-Length: 0"], HIDDEN),
    expect: "forwarded",
  },
  {
    name: "garbage after a request",
    bytes: post(["Content-Length: 5"], "helloGARBAGE\r\n\r\n"),
    expect: "forwarded",
  },
  {
    name: "a doubtful request after a sound one",
    bytes: post([], post(["Content-Length: 3", CHUNKED], `0\r\n\r\n${HIDDEN}`)),
    expect: "forwarded",
  },
  {
    name: "a sound request after a doubtful one",
    bytes: post([CHUNKED, "Content-Length: 5"], `0\r\n\r\n${HIDDEN}${SECOND}`),
    expect: "refused",
  },
  ...REFUSED_HEADS.flatMap(([line, fields]): SmugglingCase[] => [
    {
      name: `a request in the body of ${show(line)} ${show(fields.join(" | "))}`,
      bytes: raw(line, [...fields, LENGTH], HIDDEN),
      expect: "turned away",
    },
    {
      name: `a request in a chunk of ${show(line)} ${show(fields.join(" | "))}`,
      bytes: raw(line, [...fields, CHUNKED], chunked(HIDDEN)),
      expect: "turned away",
    },
  ]),
  {
    name: "a request in the body of a CONNECT",
    bytes: raw("CONNECT a:80 HTTP/1.1", [LENGTH], HIDDEN),
    expect: "refused",
  },
  ...EXPECTS.map(
    (value): SmugglingCase => ({
      name: `Expect: ${value}`,
      bytes: post([`Expect: ${value}`, LENGTH], HIDDEN),
      expect: "either",
      absent: /^expect/im,
    }),
  ),
  {
    name: "Expect: 100-continue under HTTP/1.0",
    bytes: raw("POST / HTTP/1.0", ["Expect: 100-continue", LENGTH], HIDDEN),
    expect: "either",
    absent: /^expect/im,
  },
  {
    name: "two Expect fields",
    bytes: post(["Expect: 100-continue", "Expect: x", LENGTH], HIDDEN),
    expect: "either",
    absent: /^expect/im,
  },
  ...UPGRADES.flatMap((fields): SmugglingCase[] => [
    {
      name: `POST with a body and ${show(fields[0] as string)}, ${fields.length} fields`,
      bytes: post([...fields, LENGTH], HIDDEN),
      expect: "either",
      absent: /^(upgrade|http2-settings|connection: *upgrade)/im,
    },
    {
      name: `GET with chunks and ${show(fields[0] as string)}, ${fields.length} fields`,
      bytes: raw("GET / HTTP/1.1", [...fields, CHUNKED], chunked(HIDDEN)),
      expect: "either",
    },
  ]),
];
