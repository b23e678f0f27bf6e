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

test("no value whatever in a good file makes it fail with anything but a ConfigError", () => {
  const sections = fc.dictionary(
    fc.constantFrom(
      "experiment",
      "variants",
      "identity",
      "upstream",
      "blind",
      "listen",
      "admin",
      "reload",
      "__proto__",
    ),
    fc.oneof(
      fc.jsonValue(),
      fc.dictionary(fc.constantFrom("name", "cookie", "headers", "host", "poll", "salt"), fc.jsonValue()),
    ),
  );
  fc.assert(
    fc.property(sections, (sections) => only(() => parse(JSON.stringify(sections)))),
    { numRuns: 1000 },
  );
});
