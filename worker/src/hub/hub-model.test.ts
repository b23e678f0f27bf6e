import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { GRAPH, GRAPH_BYTES, ID, startDownloading } from "../../../test/support/hub-download.ts";

test("a model is downloaded into a directory of its commit, and only the files that are wanted", async (t) => {
  const { fetch, cached, cacheDirectory, commit, graph, hub } = await startDownloading(t);
  const model = await fetch();
  assert.deepEqual(model, { directory: join(cacheDirectory, "acme/tiny", commit), commit });
  assert.ok(readFileSync(join(model.directory, GRAPH)).equals(graph));
  const files = [".digests.json", "config.json", GRAPH, "tokenizer.json"].map((name) => `${commit}/${name}`);
  const expected = [...files, "lock", "refs/main"].map((name) => `${ID}/${name}`);
  assert.deepEqual(new Set(cached()), new Set(expected));
  assert.equal(hub.downloads("README.md").length, 0);
});

test("a model that is in the cache costs one question to the hub and no download", async (t) => {
  const { fetch, hub } = await startDownloading(t);
  const first = await fetch();
  hub.seen.length = 0;
  assert.deepEqual(await fetch(), first);
  assert.deepEqual(
    hub.seen.map(({ path }) => path),
    [`/api/models/${ID}/revision/main`],
  );
});

test("a branch that moved is downloaded anew, beside the commit before", async (t) => {
  const { fetch, hub, cached } = await startDownloading(t);
  const { commit } = await fetch();
  const moved = hub.add(ID, {
    "config.json": "{}",
    "tokenizer.json": "{}",
    [GRAPH]: Buffer.alloc(200_000, 7),
  });
  assert.equal((await fetch()).commit, moved.commit);
  assert.ok(cached().includes(`${ID}/${commit}/${GRAPH}`));
});

test("an optional file is fetched where the repository has it", async (t) => {
  const { fetch, hub, cached } = await startDownloading(t);
  const { commit } = hub.add("acme/large", {
    "config.json": "{}",
    [GRAPH]: "g",
    [`${GRAPH}_data`]: "weights",
  });
  await fetch({ id: "acme/large", files: ["config.json", GRAPH] });
  assert.ok(cached().includes(`acme/large/${commit}/${GRAPH}_data`));
});

test("a file that went bad in the cache is found by its bytes and downloaded anew", async (t) => {
  const { fetch, hub, graph, messages } = await startDownloading(t);
  const { directory } = await fetch();
  writeFileSync(join(directory, GRAPH), Buffer.alloc(GRAPH_BYTES));
  writeFileSync(join(directory, "config.json"), "{ }");
  await fetch();
  assert.ok(readFileSync(join(directory, GRAPH)).equals(graph));
  assert.equal(readFileSync(join(directory, "config.json"), "utf8"), "{}");
  assert.equal(hub.downloads(GRAPH).length, 2);
  assert.match(messages().join("\n"), /model_quantized\.onnx in the cache is wrong; it is downloaded anew/);
});

test("a model that nothing pins is used with a warning that says how to lock it", async (t) => {
  const { fetch, lines } = await startDownloading(t);
  await fetch();
  const warnings = lines().filter(({ level }) => level === "warn");
  assert.equal(warnings.length, 1);
  assert.match(
    String(warnings[0]?.msg),
    /acme\/tiny is not locked .*`npm run model:lock -- acme\/tiny` records/,
  );
});

test("what comes is never visible under its final name before it is whole", async (t) => {
  const { fetch, hub, cached, commit } = await startDownloading(t);
  hub.faults.push({ host: "cdn", stallAfterBytes: 1_000_000 });
  const ended = new AbortController();
  const running = fetch({}, { signal: ended.signal, limits: { silenceMs: 20_000 } });
  const isHalf = () => cached().includes(`${ID}/${commit}/${GRAPH}.partial`);
  while (!isHalf()) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.ok(!cached().includes(`${ID}/${commit}/${GRAPH}`));
  ended.abort(new Error("asked to stop"));
  await assert.rejects(running, /asked to stop/);
});

test("an id or a file name that leads out of the cache is refused", async (t) => {
  const { fetch } = await startDownloading(t);
  for (const id of ["../etc", "a/../b", "a", "a/b/c", "/a/b", "a/.."]) {
    await assert.rejects(fetch({ id }), { code: "option_invalid" });
  }
  for (const file of ["../x", "/x", "a//b", "a\\b", "onnx/../../x"]) {
    await assert.rejects(fetch({ files: [file] }), { code: "option_invalid" });
  }
});

test("what else a repository has may be called as it likes, and leads nowhere", async (t) => {
  const { fetch, hub, cached, cacheDirectory } = await startDownloading(t);
  const others = {
    "runs/Sep16_10:05/events": "e",
    "../../escaped": "x",
    "a\\b": "y",
    "tokenizer.json/..": "z",
  };
  const { commit } = hub.add(ID, { "config.json": "{}", "tokenizer.json": "{}", [GRAPH]: "g", ...others });
  assert.deepEqual(await fetch(), { directory: join(cacheDirectory, ID, commit), commit });
  const models = cached().filter((file) => file.startsWith(`${ID}/${commit}/`));
  assert.equal(models.length, 4, models.join(", "));
});

test("a start that ended between a graph and its weights fetches the weights at the next one", async (t) => {
  const { fetch, hub, cached } = await startDownloading(t);
  const { commit } = hub.add(ID, {
    "config.json": "{}",
    "tokenizer.json": "{}",
    [GRAPH]: "g",
    [`${GRAPH}_data`]: "weights",
  });
  for (const path of [`/${GRAPH}`, `/${GRAPH}_data`]) {
    hub.faults[0] = { path, status: 404, times: 1 };
    await fetch({ revision: commit }).catch(() => {});
  }
  await fetch({ revision: commit });
  assert.ok(cached().includes(`${ID}/${commit}/${GRAPH}_data`));
});

test("a small file is known by git's SHA-1, not by its size alone", async (t) => {
  const { fetch, hub, cached } = await startDownloading(t);
  hub.faults.push({ path: "config.json", wrongBytes: true });
  await assert.rejects(fetch(), {
    code: "model_hash_mismatch",
    message:
      /config\.json of acme\/tiny came wrong 2 times.*git's SHA-1 [0-9a-f]{40} is due, [0-9a-f]{40} was found/,
  });
  assert.ok(!cached().some((file) => file.endsWith("config.json")));
});
