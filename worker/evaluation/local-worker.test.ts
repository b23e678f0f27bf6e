import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { test } from "node:test";
import { startLocalWorker } from "./local-worker.ts";

test("a folder without a model is one line that names it", async () => {
  await assert.rejects(
    startLocalWorker({ model: "no-such-model", flags: [] }, tmpdir()),
    (error: Error & { code?: string }) => {
      assert.equal(error.code, "model_unusable");
      assert.match(error.message, /^cannot start a worker from no-such-model: /);
      return true;
    },
  );
});

test("a flag that the worker does not know in this form is its own message", async () => {
  const model = { model: "no-such-model", flags: ["--task", "poetry"] };
  await assert.rejects(startLocalWorker(model, tmpdir()), /cannot start a worker from no-such-model: --task/);
});
