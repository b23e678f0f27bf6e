import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError } from "../../../proxy/src/config/problem.ts";
import { explainStart } from "./start-failure.ts";

test("what the listener says is told with the flag that helps", () => {
  const told = (code: string) =>
    explainStart(Object.assign(new Error(`listen ${code}`), { code, address: "127.0.0.1", port: 80 }));
  assert.match(told("EADDRINUSE"), /^127\.0\.0\.1:80 \(judge\) is in use; .*--port$/);
  assert.match(told("EACCES"), /may not be bound by this user; .*--port$/);
  assert.match(told("EADDRNOTAVAIL"), /is no address of this machine; .*--host$/);
  assert.equal(told("EIO"), "listen EIO");
});

test("a configuration that cannot be used is told with its problems", () => {
  const problem = { path: "judge.step", line: 1, column: 2, message: "is wrong" };
  assert.match(
    explainStart(new ConfigError("x.yaml", [problem])),
    /^the configuration cannot be used\nx\.yaml:1:2/,
  );
  assert.equal(explainStart("odd"), "odd");
});
