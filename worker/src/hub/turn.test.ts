import assert from "node:assert/strict";
import { utimesSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { GRAPH, ID, startDownloading, temporaryDirectory } from "../../../test/support/hub-download.ts";
import { createLog } from "../log.ts";
import { HUB_LIMITS } from "./limits.ts";
import { takeTurn } from "./turn.ts";

test("several downloads of one model at once fetch each file once, and those that wait say so", async (t) => {
  const { fetch, hub, messages } = await startDownloading(t);
  hub.faults.push({ host: "cdn", bytesPerSecond: 12_000_000 });
  const models = await Promise.all([fetch(), fetch(), fetch()]);
  assert.equal(new Set(models.map(({ directory }) => directory)).size, 1);
  for (const file of ["config.json", "tokenizer.json", GRAPH])
    assert.equal(hub.downloads(file).length, 1, file);
  assert.ok(messages().includes(`another process downloads ${ID}; waiting for it`));
  assert.ok(messages().includes("the other process is done with the model"));
});

function turnOptions(lockPath: string, signal: AbortSignal, hungMs = 60_000) {
  const limits = { ...HUB_LIMITS, pollMs: 5, reportMs: 0, hungMs, heartbeatMs: 1_000_000 };
  return { lockPath, id: "acme/tiny", log: createLog("silent", "tested"), limits, signal };
}

test("who hangs with the cache in its hands is named, and not waited for without end", async (t) => {
  const lockPath = join(temporaryDirectory(t, "turn"), "lock");
  const { signal } = new AbortController();
  const turn = await takeTurn(turnOptions(lockPath, signal));
  t.after(() => turn.end());
  await assert.rejects(takeTurn(turnOptions(lockPath, signal, 100)), {
    code: "model_download_failed",
    message: /no sign of life for 0\.1 s: end it \(`fuser .*lock` names it\)/,
  });
});

test("a sign of life keeps those who wait waiting, and an abort ends the wait", async (t) => {
  const lockPath = join(temporaryDirectory(t, "turn"), "lock");
  const turn = await takeTurn(turnOptions(lockPath, new AbortController().signal));
  t.after(() => turn.end());
  const ended = new AbortController();
  const hungMs = 150;
  const begunMs = performance.now();
  let beats = 0;
  // With every look at the lock, and so in time however slow this machine is.
  const beat = () => {
    beats += 1;
    utimesSync(lockPath, beats, beats);
    if (performance.now() - begunMs > 3 * hungMs) ended.abort();
  };
  const log = createLog("warn", "tested", { write: beat });
  await assert.rejects(takeTurn({ ...turnOptions(lockPath, ended.signal, hungMs), log }), {
    name: "AbortError",
  });
});

test("the turn passes on when it ends", async (t) => {
  const lockPath = join(temporaryDirectory(t, "turn"), "lock");
  const { signal } = new AbortController();
  const first = await takeTurn(turnOptions(lockPath, signal));
  const waiting = takeTurn(turnOptions(lockPath, signal));
  first.end();
  (await waiting).end();
});
