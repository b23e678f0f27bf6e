import { raw, type SmugglingCase } from "./case.ts";

const show = (text: string) => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
const get = (...fields: readonly string[]) => raw("GET / HTTP/1.1", fields);

/** Ids that the gateway takes as they are; what they spell must stay one value of one field. */
const IDS = [
  "a%0d%0aX-Injected: y",
  "a\\r\\nX-Injected: y",
  "a%E5%98%8D%E5%98%8AX-Injected: y",
  "a\xe5\x98\x8d\xe5\x98\x8aX-Injected: y",
  "a, b",
  '"a"',
  "a;b=c",
  "\xc3\xa0",
  "\xc5\x81",
];

/** Ids that are none. */
const BAD_IDS = ["\xff", "\xc3", "\xc2\x85", "\xed\xa0\x80", "\xc0\x8a", "a\tb", "", " ", "a".repeat(257)];

/** Of these the upstream gets the gateway's own, or a sane one. */
const REQUEST_IDS = ["a b", "\xff", "a".repeat(4096), "<script>", "a;b", "a,b", "", "'", "${jndi:x}"];

const FORWARDED = [
  "X-Forwarded-Host: a%0d%0aX-Injected: y",
  "X-Forwarded-Host: a, b",
  "X-Forwarded-Host: \xe5\x98\x8d\xe5\x98\x8aX-Injected: y",
  "X-Forwarded-Proto: https%0d%0aX-Injected: y",
  "X-Forwarded-Proto: javascript",
  "X-Forwarded-For: 1.2.3.4%0d%0aX-Injected: y",
  "X-Forwarded-For: , , ,",
  "X-Forwarded-For: \xff",
  "Forwarded: for=1.2.3.4;host=b;proto=https",
  "X-Original-URL: /metrics",
  "X-Rewrite-URL: /metrics",
  "X-HTTP-Method-Override: DELETE",
  "Cookie: model_session=a%0d%0aX-Injected: y",
  "Cookie: model_session=\xff; model_session=x",
  "traceparent: 00-%0d%0a",
  "Referer: http://a/\xe5\x98\x8d\xe5\x98\x8aX-Injected: y",
];

/** Values that end up in other places: upstream fields, the answer, the log. */
export const values: readonly SmugglingCase[] = [
  ...IDS.map(
    (id): SmugglingCase => ({
      name: `the id ${show(id)}`,
      bytes: get(`X-User-Id: ${id}`),
      expect: "forwarded",
      absent: /^x-injected/im,
    }),
  ),
  ...BAD_IDS.map(
    (id): SmugglingCase => ({
      name: `the id ${show(id)}`,
      bytes: get(`X-User-Id: ${id}`),
      expect: "turned away",
    }),
  ),
  {
    name: "an id with a line end in it",
    bytes: get("X-User-Id: a\rX-Injected: y"),
    expect: "refused",
  },
  {
    name: "the id twice",
    bytes: get("X-User-Id: a", "x-user-id: b"),
    expect: "turned away",
  },
  ...REQUEST_IDS.map(
    (id): SmugglingCase => ({
      name: `X-Request-Id: ${show(id)}`,
      bytes: get(`X-Request-Id: ${id}`),
      expect: "forwarded",
      absent: /^x-request-id:(?! *[\w.:-]{1,200}\r$)/im,
    }),
  ),
  {
    name: "X-Request-Id twice",
    bytes: get("X-Request-Id: one", "X-Request-Id: two"),
    expect: "forwarded",
    absent: /^x-request-id[\s\S]*^x-request-id/im,
  },
  ...FORWARDED.map(
    (field): SmugglingCase => ({
      name: show(field),
      bytes: get(field),
      expect: "forwarded",
      absent: /^x-injected/im,
    }),
  ),
  { name: "a field above 32 KiB", bytes: get(`X: ${"a".repeat(33_000)}`), expect: "refused" },
  { name: "a field name above 32 KiB", bytes: get(`${"a".repeat(33_000)}: x`), expect: "refused" },
  { name: "a field name of 20 KiB", bytes: get(`${"a".repeat(20_000)}: x`), expect: "either" },
  {
    name: "5,000 fields",
    bytes: get(...new Array<string>(5000).fill("a:")),
    expect: "either",
  },
  {
    name: "20,000 fields",
    bytes: get(...new Array<string>(20_000).fill("a:")),
    expect: "turned away",
  },
];
