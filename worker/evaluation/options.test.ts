import assert from "node:assert/strict";
import { test } from "node:test";
import { parseOptions } from "./options.ts";

test("only --data is needed", () => {
  assert.deepEqual(parseOptions(["--data", "x.tsv"]), {
    data: "x.tsv",
    url: "http://127.0.0.1:8101",
    model: undefined,
    limit: undefined,
    concurrency: 1,
    json: undefined,
    baseline: undefined,
  });
});

test("--help wins over everything that is missing", () => {
  assert.equal(parseOptions(["--help"]), "help");
  assert.equal(parseOptions(["-h", "--limit", "x"]), "help");
});

test("without --data the message names the flag", () => {
  assert.throws(() => parseOptions([]), /--data FILE\.tsv is missing/);
});

test("--url and --model exclude each other", () => {
  assert.throws(() => parseOptions(["--data", "x", "--url", "http://x", "--model", "d"]), { code: "usage" });
});

test("what a started worker is to be told is passed on to it, and makes no sense without one", () => {
  const args = ["--data", "x", "--model", "owner/name", "--task", "text-regression", "--dtype", "int8"];
  const options = parseOptions(args);
  assert.deepEqual(options !== "help" && options.model, {
    model: "owner/name",
    flags: ["--dtype", "int8", "--task", "text-regression"],
  });
  assert.throws(
    () => parseOptions(["--data", "x", "--dtype", "int8"]),
    /--dtype is for a worker that is started/,
  );
});
