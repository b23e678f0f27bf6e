import type { Random } from "../support/random.ts";

const pick = <T>(random: Random, from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
const below = (random: Random, limit: number) => Math.floor(random() * limit);

const METHODS = [
  "GET",
  "GET",
  "POST",
  "POST",
  "POST",
  "PUT",
  "HEAD",
  "DELETE",
  "OPTIONS",
  "PATCH",
  "TRACE",
  "PROPFIND",
];
const PATHS = ["/predict", "/", "/a/b", "/%41", "/metrics", "/../x", "//a", "/a;b", "/a?b=c", "/%00", "/\\x"];
const FIELDS = [
  "X-User-Id: alice",
  "X-User-Id: \xc3\xa0",
  "X-User-Id: ",
  "X-User-Id: \xff",
  "Cookie: model_session=abc",
  "Cookie: model_session=AAAAAAAAAAAAAAAAAAAAAA; a=b",
  "Accept: */*",
  "Accept-Encoding: gzip",
  "Connection: keep-alive",
  "Upgrade: websocket",
  "Upgrade: h2c",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  "Sec-WebSocket-Version: 13",
  "Expect: 100-continue",
  "TE: trailers",
  "Trailer: X",
  "X-Forwarded-For: 1.2.3.4, 5.6.7.8",
  "X-Forwarded-Proto: https",
  "X-Request-Id: 1",
  "Origin: http://a",
  "Access-Control-Request-Method: POST",
  "Range: bytes=0-1",
  "Content-Type: application/json",
];

/** After these nothing more is read from the connection. */
const LAST_FIELDS = ["Connection: close", "Connection: x-user-id", "Connection: Upgrade"];

/** What is thrown into a request anywhere; framing first. */
const TOKENS = [
  "Content-Length: 5\r\n",
  "Content-Length: 0\r\n",
  "content-length: 18446744073709551615\r\n",
  "Content-Length: -1\r\n",
  "Content-Length : 3\r\n",
  "Content_Length: 3\r\n",
  "Transfer-Encoding: chunked\r\n",
  "Transfer-Encoding: identity\r\n",
  "Transfer-Encoding: gzip, chunked\r\n",
  "transfer-encoding:\tchunked\r\n",
  "Transfer-Encoding : chunked\r\n",
  "Host: b\r\n",
  "Host\r\n",
  " folded\r\n",
  "\tfolded\r\n",
  "0\r\n\r\n",
  "5\r\nhello\r\n",
  "ffffffffffffffff\r\n",
  "0;x=y\r\n\r\n",
  "\r\n",
  "\n",
  "\r",
  "\r\n\r\n",
  "\n\n",
  "\0",
  "\x7f",
  "\xff",
  ":",
  " ",
  "\t",
  "HTTP/1.0",
  "HTTP/2.0",
  "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
  "%0d%0a",
  ";",
  ",",
  "\u0016\u0003\u0001",
];

/** A request within the grammar, with a target that occurs once (`nonce`); only the last on its connection may end it. */
export function generateRequest(random: Random, nonce: string, isLast: boolean): string {
  const method = pick(random, METHODS);
  const path = pick(random, PATHS);
  const query = path.includes("?") ? "&" : "?";
  const authority = random() < 0.05 ? "http://a" : "";
  const version = isLast && random() < 0.1 ? "HTTP/1.0" : "HTTP/1.1";
  const lines = [`${method} ${authority}${path}${query}${nonce} ${version}`, "Host: a"];
  for (let count = below(random, 5); count > 0; count--) lines.push(pick(random, FIELDS));
  if (isLast && random() < 0.2) lines.push(pick(random, LAST_FIELDS));
  return frame(random, lines, random() < 0.5 ? "" : generateBody(random, nonce));
}

function generateBody(random: Random, nonce: string): string {
  switch (below(random, 4)) {
    case 0:
      return '{"text":"good"}';
    case 1:
      return `GET /smuggled?${nonce} HTTP/1.1\r\nHost: a\r\n\r\n`;
    case 2:
      return `0\r\n\r\nGET /smuggled?${nonce} HTTP/1.1\r\nHost: a\r\n\r\n`;
    default:
      return "x".repeat(below(random, random() < 0.05 ? 40_000 : 300));
  }
}

function frame(random: Random, lines: readonly string[], body: string): string {
  const isOld = lines[0]?.endsWith("HTTP/1.0") === true;
  if (body === "") return [...lines, "", ""].join("\r\n");
  if (isOld || random() < 0.6) return [...lines, `Content-Length: ${body.length}`, "", body].join("\r\n");
  let chunks = "";
  for (let at = 0; at < body.length; ) {
    const size = 1 + below(random, body.length - at);
    const extension = random() < 0.05 ? ";x=y" : "";
    chunks += `${size.toString(16)}${extension}\r\n${body.slice(at, at + size)}\r\n`;
    at += size;
  }
  const trailer = random() < 0.05 ? "X-Trailer: y\r\n" : "";
  return [...lines, "Transfer-Encoding: chunked", "", `${chunks}0\r\n${trailer}\r\n`].join("\r\n");
}

/** Breaks a request in one to three places; now and then it is no request at all. */
export function mutateRequest(random: Random, request: string): string {
  if (random() < 0.03)
    return Array.from({ length: below(random, 200) }, () => String.fromCharCode(below(random, 256))).join("");
  let text = request;
  for (let count = 1 + below(random, 3); count > 0; count--) text = mutateOnce(random, text);
  return text;
}

function mutateOnce(random: Random, text: string): string {
  // Most of what matters is in the head.
  const at = below(random, random() < 0.8 ? Math.min(text.length, 300) : text.length);
  const insert = (what: string, where = at) => text.slice(0, where) + what + text.slice(where);
  const lines = text.split("\r\n");
  const line = below(random, lines.length);
  switch (below(random, 12)) {
    case 0:
      return insert(String.fromCharCode(below(random, 256)));
    case 1:
      return text.slice(0, at) + text.slice(at + 1 + below(random, 4));
    case 2:
      return insert(pick(random, TOKENS));
    case 3: {
      const start = text.indexOf("\r\n", at);
      return start < 0 ? text : insert(pick(random, TOKENS), start + 2);
    }
    case 4:
      return text.slice(0, at);
    case 5:
      return lines.toSpliced(line, 0, lines[line] ?? "").join("\r\n");
    case 6:
      return lines.toSpliced(line, 1).join("\r\n");
    case 7:
      return `${lines.slice(0, line).join("\r\n")}${pick(random, ["\n", "\r", "\n\r", "\r\r\n"])}${lines.slice(line).join("\r\n")}`;
    case 8:
      return text.replace(/\d+/, (digits) =>
        pick(random, [`${digits}0`, digits.slice(1), `+${digits}`, `0x${digits}`, "-1"]),
      );
    case 9:
      return (
        text.slice(0, at) +
        String.fromCharCode(text.charCodeAt(at) ^ (1 << below(random, 8))) +
        text.slice(at + 1)
      );
    case 10:
      return insert(pick(random, TOKENS), lines[0] === undefined ? 0 : lines[0].length + 2);
    default:
      return insert("a".repeat(below(random, random() < 0.02 ? 40_000 : 100)));
  }
}
