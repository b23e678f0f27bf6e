import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseConfig } from "./load.ts";
import { ConfigError } from "./problem.ts";

const parse = (text: string, env = {}) => parseConfig(text, "x.yaml", {}, env);

const only = (task: () => unknown) => {
  try {
    task();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    assert.ok(error.problems.length > 0);
  }
};

test("no text whatever makes it fail with anything but a ConfigError", () => {
  const scrap = fc.constantFrom(
    "a",
    ": ",
    "- ",
    "? ",
    "[",
    "]",
    "{",
    "}",
    "&a ",
    "*a",
    "!!",
    "|",
    ">",
    "\n",
    "\n  ",
    "\t",
    "'",
    '"',
    "#",
    "%",
    "---",
    "${",
    "<<",
    "__proto__",
    "variants",
    "weight",
    "0",
    "\u0000",
    "😀",
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: "binary" }),
        fc.array(scrap, { maxLength: 60 }).map((parts) => parts.join("")),
      ),
      (text) => only(() => parse(text)),
    ),
    { numRuns: 2000 },
  );
});

const key = fc.constantFrom(
  "name",
  "cookie",
  "header",
  "headers",
  "set_headers",
  "trusted_from",
  "secret",
  "accept_unsigned_until",
  "host",
  "port",
  "unix",
  "tls",
  "cert",
  "key",
  "max_in_flight",
  "total_timeout",
  "retry_budget",
  "queue",
  "health",
  "path",
  "ejection",
  "base",
  "body",
  "pad_latency",
  "to",
  "rate",
  "redis",
  "token",
  "sample",
  "poll",
  "salt",
);

test("no value whatever in a good file makes it fail with anything but a ConfigError", () => {
  const sections = fc.dictionary(
    fc.constantFrom(
      "experiment",
      "variants",
      "identity",
      "force",
      "upstream",
      "blind",
      "listen",
      "limits",
      "admin",
      "reload",
      "shutdown",
      "log",
      "__proto__",
    ),
    fc.oneof(
      fc.jsonValue(),
      fc.dictionary(key, fc.oneof(fc.jsonValue(), fc.dictionary(key, fc.jsonValue()))),
    ),
  );
  fc.assert(
    fc.property(sections, (sections) => only(() => parse(JSON.stringify(sections)))),
    { numRuns: 1000 },
  );
});

test("no upstream whatever makes a good file fail with anything but a ConfigError", () => {
  const address = fc.dictionary(
    fc.constantFrom("url", "host", "headers", "tls", "__proto__"),
    fc.oneof(
      fc.jsonValue(),
      fc.constantFrom("http://a", "https://a"),
      fc.dictionary(fc.oneof(fc.string(), fc.constantFrom("ca", "cert", "key", "verify")), fc.jsonValue()),
    ),
  );
  const upstreams = fc.array(fc.oneof(fc.webUrl(), fc.jsonValue(), address), { maxLength: 5 });
  fc.assert(
    fc.property(upstreams, (upstreams) =>
      only(() =>
        parse(
          JSON.stringify({ experiment: { name: "x" }, variants: [{ name: "a", weight: 100, upstreams }] }),
        ),
      ),
    ),
    { numRuns: 1000 },
  );
});
