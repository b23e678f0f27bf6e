import assert from "node:assert/strict";
import { test } from "node:test";
import { parseOptions } from "./options.ts";

test("without options the demo is 300 users and 1500 requests through the local gateway", () => {
  assert.deepEqual(parseOptions([]), {
    url: "http://127.0.0.1:8080",
    admin: "http://127.0.0.1:8081",
    users: 300,
    requests: 1500,
    concurrency: 8,
  });
});

test("every number has a lower limit", () => {
  for (const flag of ["--users", "--requests", "--concurrency"]) {
    assert.throws(() => parseOptions([flag, "0"]), { code: "usage", exitCode: 2 });
  }
  assert.equal(parseOptions(["--help"]), "help");
});
