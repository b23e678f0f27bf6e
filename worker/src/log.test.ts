import assert from "node:assert/strict";
import { test } from "node:test";
import { WorkerError } from "./errors.ts";
import { createLog } from "./log.ts";

test("an error is logged in its own words, with its causes beside it", () => {
  const written: string[] = [];
  const log = createLog("info", "tested", { write: (line: string) => void written.push(line) });
  const cause = new Error("connect ECONNREFUSED 127.0.0.1:1");
  const error = new WorkerError("model_download_failed", "the hub refuses connections: check HF_ENDPOINT", {
    cause,
  });
  log.fatal({ err: error }, "the worker cannot start");
  const { err } = JSON.parse(written[0] ?? "");
  assert.equal(err.message, error.message);
  assert.equal(err.code, "model_download_failed");
  assert.equal(err.cause.message, cause.message);
});
