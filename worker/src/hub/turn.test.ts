import assert from "node:assert/strict";
import { utimesSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { GRAPH, ID, startDownloading, temporaryDirectory } from "../../../test/support/hub-download.ts";
import { createLog } from "../log.ts";
import { HUB_PACE } from "./pace.ts";
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
  const pace = { ...HUB_PACE, pollMs: 5, hungMs, heartbeatMs: 1_000_000 };
  return { lockPath, id: "acme/tiny", log: createLog("silent", "tested"), pace, signal };
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
  const beat = setInterval(() => utimesSync(lockPath, new Date(), new Date()), 20);
  t.after(() => clearInterval(beat));
  const ended = new AbortController();
  const waiting = takeTurn(turnOptions(lockPath, ended.signal, 2_000));
  // Longer than without a sign of life.
  const timer = setTimeout(() => ended.abort(), 300);
  t.after(() => clearTimeout(timer));
  await assert.rejects(waiting, { name: "AbortError" });
});

test("the turn passes on when it ends", async (t) => {
  const lockPath = join(temporaryDirectory(t, "turn"), "lock");
  const { signal } = new AbortController();
  const first = await takeTurn(turnOptions(lockPath, signal));
  const waiting = takeTurn(turnOptions(lockPath, signal));
  first.end();
  (await waiting).end();
});
