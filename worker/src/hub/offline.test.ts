import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { GRAPH, hubEnvironment, startDownloading } from "../../../test/support/hub-download.ts";

test("offline, a model comes from the cache without one request, by setting or by HF_HUB_OFFLINE", async (t) => {
  const { fetch, hub, cacheDirectory } = await startDownloading(t);
  const model = await fetch();
  hub.seen.length = 0;
  assert.deepEqual(await fetch({ isOffline: true }), model);
  const environment = { ...hubEnvironment(hub.url, cacheDirectory), HF_HUB_OFFLINE: "1" };
  assert.deepEqual(await fetch({}, { environment }), model);
  assert.deepEqual(await fetch({ isOffline: true, revision: model.commit }), model);
  assert.equal(hub.seen.length, 0);
});

test("offline, what is not in the cache is named with the remedy", async (t) => {
  const { fetch, hub } = await startDownloading(t);
  const missing = {
    code: "model_file_missing",
    message: /not in the cache .* and offline is set; start once without it/,
  };
  await assert.rejects(fetch({ isOffline: true }), missing);
  const { directory } = await fetch();
  await assert.rejects(fetch({ isOffline: true, revision: "other" }), missing);
  rmSync(join(directory, GRAPH));
  await assert.rejects(fetch({ isOffline: true }), missing);
  assert.ok(hub.seen.every(({ path }) => !path.includes("other")));
});

test("offline, a file that went bad is an error and stays where it is", async (t) => {
  const { fetch } = await startDownloading(t);
  const { directory } = await fetch();
  writeFileSync(join(directory, GRAPH), "bad");
  for (let start = 0; start < 2; start += 1) {
    await assert.rejects(fetch({ isOffline: true }), {
      code: "model_hash_mismatch",
      message: /model_quantized\.onnx is not the file of acme\/tiny that it should be: SHA-256/,
    });
  }
});

test("a hub that is down does not keep a model that is here from starting", async (t) => {
  const { fetch, hub, messages } = await startDownloading(t);
  const model = await fetch();
  for (const fault of [{ status: 500 }, { status: 429 }, { status: 404 }]) {
    hub.faults[0] = fault;
    hub.seen.length = 0;
    assert.deepEqual(await fetch(), model);
    assert.equal(hub.seen.length, 1);
  }
  await hub.stop();
  assert.deepEqual(await fetch(), model);
  assert.match(
    messages().join("\n"),
    /ECONNREFUSED.*; the model as it was downloaded before is used \(commit/,
  );
});

test("a commit that is here is not asked for again", async (t) => {
  const { fetch, hub, commit } = await startDownloading(t);
  await fetch({ revision: commit });
  hub.seen.length = 0;
  await fetch({ revision: commit });
  assert.equal(hub.seen.length, 0);
});
