import { HIDDEN, post, raw, type SmugglingCase } from "./case.ts";

const get = (fields: readonly string[]) => raw("GET / HTTP/1.1", fields);
const show = (text: string) => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
const withHost = (...hosts: readonly string[]) => ["GET / HTTP/1.1", ...hosts, "", ""].join("\r\n");

/** Field lines that are read in different ways. */
const LINES = [
  "X : y",
  "X\t: y",
  " X: y",
  "\tX: y",
  ": y",
  ":",
  "X",
  "X y",
  "X y: z",
  "X\0: y",
  "X: y\0z",
  "X: \x01",
  "X: \x7f",
  "X: \x08y",
  "X: y\rz",
  "X: y\r\rZ: z",
  "X\r: y",
  "X: y\nZ: z",
  "X: y\n",
  "X: y\r\n folded",
  "X: y\r\n\tfolded",
  "X: y\r\n \r\n",
  "X\r\n : y",
  "X(: y",
  "X@: y",
  "X[: y",
  "X/: y",
  'X": y',
  "X{: y",
  "\xff: y",
  "X\xe9: y",
  "\xef\xbb\xbfX: y",
];

const HOSTS = [
  "Host: a b",
  "Host: a/b",
  "Host: user@a",
  "Host: a?b",
  "Host: a#b",
  "Host: a\\b",
  "Host: a,b",
  "Host: a:80:80",
  "Host: a:port",
  "Host: http://a",
  "Host: [::1",
  "Host: ::1",
  "Host: a]",
  "Host: <a>",
  'Host: "a"',
  "Host: a;b",
  "Host: a\0",
  "Host: \xff",
  "Host: a%00",
  "Host : a",
  "Host:\r\n a",
  " Host: a",
  "Hos\xf4: a",
];

/** Names that a `Connection` field must not take away: the proxy, or a hop before it, decides by them. */
const DECIDING = [
  "x-user-id",
  "X-User-ID",
  "host",
  "content-length",
  "transfer-encoding",
  "cookie",
  "x-forwarded-for",
];

export const fields: readonly SmugglingCase[] = [
  ...LINES.map(
    (line): SmugglingCase => ({ name: `the field ${show(line)}`, bytes: get([line]), expect: "refused" }),
  ),
  ...LINES.slice(0, 5).map(
    (line): SmugglingCase => ({
      name: `the field ${show(line)} before a body`,
      bytes: post([line, `Content-Length: ${HIDDEN.length}`], HIDDEN),
      expect: "refused",
    }),
  ),
  ...HOSTS.map((line): SmugglingCase => ({ name: show(line), bytes: withHost(line), expect: "refused" })),
  { name: "no Host", bytes: withHost("X: y"), expect: "refused" },
  { name: "a Host with a port that is none", bytes: withHost("Host: a:99999"), expect: "either" },
  { name: "an empty Host", bytes: withHost("Host: "), expect: "either" },
  { name: "two Hosts", bytes: withHost("Host: a", "Host: b"), expect: "refused" },
  { name: "the same Host twice", bytes: withHost("Host: a", "hOST: a"), expect: "refused" },
  { name: "a Host with a blank, and another", bytes: withHost("Host: a", "Host : b"), expect: "refused" },
  { name: "a Host that is an IPv6 address", bytes: withHost("Host: [::1]:8080"), expect: "forwarded" },
  {
    name: "an absolute target with another Host",
    bytes: raw("GET http://b/ HTTP/1.1", []),
    expect: "either",
    absent: /^host: *b/im,
  },
  {
    name: "an absolute target without Host",
    bytes: "GET http://b/ HTTP/1.1\r\n\r\n",
    expect: "refused",
  },
  ...DECIDING.map(
    (name): SmugglingCase => ({
      name: `Connection: ${name}`,
      bytes: raw(
        "POST / HTTP/1.1",
        [`Connection: ${name}`, "X-User-Id: alice", "Cookie: a=b", `Content-Length: ${HIDDEN.length}`],
        HIDDEN,
      ),
      expect: "refused",
    }),
  ),
  {
    name: "Connection: close, x-user-id",
    bytes: get(["Connection: close, x-user-id", "X-User-Id: alice"]),
    expect: "refused",
  },
  {
    name: "two Connection fields, the second of which names Cookie",
    bytes: get(["Connection: keep-alive", "Connection: cookie", "Cookie: a=b"]),
    expect: "refused",
  },
  {
    name: "Connection: close, x-request-id",
    bytes: get(["Connection: close, x-request-id", "X-Request-Id: dropped"]),
    expect: "either",
    absent: /dropped/,
  },
  {
    name: "Connection names a field that is its own",
    bytes: get(["Connection: keep-alive, X-Own", "X-Own: dropped", "X-Other: kept"]),
    expect: "forwarded",
    absent: /dropped/,
    present: /kept/,
  },
  ...["x-forwarded-host", "x-forwarded-proto", "traceparent", "authorization"].map(
    (name): SmugglingCase => ({
      name: `Connection: ${name}`,
      bytes: get([`Connection: ${name}`, `${name}: dropped`]),
      expect: "either",
      absent: /dropped/,
    }),
  ),
  ...[
    "Keep-Alive: timeout=9",
    "Proxy-Connection: dropped",
    "TE: trailers",
    "Trailer: Dropped",
    "Upgrade: dropped",
  ].map(
    (field): SmugglingCase => ({
      name: `${field} stays behind`,
      bytes: get([field]),
      expect: "either",
      absent: /dropped|trailers|timeout=9/i,
    }),
  ),
  ...["X_User_Id: forged", "x_user_id: forged", "X_Forwarded_For: forged", "X_Forwarded_Proto: forged"].map(
    (field): SmugglingCase => ({
      name: `${field}, which CGI takes for the field with hyphens`,
      bytes: get([field, "X-User-Id: alice"]),
      expect: "either",
      absent: /forged/,
    }),
  ),
];
