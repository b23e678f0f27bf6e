import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import {
  GRAPH,
  GRAPH_BYTES,
  hubEnvironment,
  ID,
  startDownloading,
} from "../../../test/support/hub-download.ts";
import { createLog } from "../log.ts";
import { lockModels } from "./lock-command.ts";
import { type LockOptions, parseLockOptions } from "./lock-options.ts";

async function startLocking(t: TestContext) {
  const downloading = await startDownloading(t);
  const { hub, cacheDirectory, graph } = downloading;
  const files = {
    "config.json": "{}",
    "tokenizer.json": "{}",
    "tokenizer_config.json": "{}",
    [GRAPH]: graph,
  };
  const { commit } = hub.add(ID, files);
  const lockFile = join(cacheDirectory, "models.lock.json");
  const said: string[] = [];
  return {
    ...downloading,
    files,
    commit,
    lockFile,
    said,
    read: () => JSON.parse(readFileSync(lockFile, "utf8")),
    lock: (changes: Partial<LockOptions> = {}, environment: Record<string, string> = {}) =>
      lockModels(
        {
          ids: [ID],
          revision: "main",
          dtypes: ["quantized"],
          input: "tokens",
          lockFile,
          cacheDirectory,
          ...changes,
        },
        {
          log: createLog("silent", "tested"),
          environment: { ...hubEnvironment(hub.url, cacheDirectory), ...environment },
          signal: new AbortController().signal,
          limits: { firstPauseMs: 5, attempts: 2 },
        },
        (line) => said.push(line),
      ),
  };
}

test("a model is recorded with its commit and the SHA-256 and size of every file", async (t) => {
  const { lock, read, commit, graph, said, lockFile } = await startLocking(t);
  await lock();
  const entry = read()[ID];
  assert.deepEqual([entry.revision, entry.commit], ["main", commit]);
  assert.deepEqual(Object.keys(entry.files), [
    "config.json",
    GRAPH,
    "tokenizer.json",
    "tokenizer_config.json",
  ]);
  assert.deepEqual(entry.files[GRAPH], {
    sha256: createHash("sha256").update(graph).digest("hex"),
    size: GRAPH_BYTES,
  });
  assert.match(readFileSync(lockFile, "utf8"), /\}\n$/);
  assert.deepEqual(said, [`${ID}: main is ${commit}, 4 files recorded in ${lockFile}`]);
});

test("a second run writes the same bytes, another model or dtype is added, a new commit replaces", async (t) => {
  const { lock, read, lockFile, hub, files, said } = await startLocking(t);
  await lock();
  const before = readFileSync(lockFile, "utf8");
  await lock();
  assert.equal(readFileSync(lockFile, "utf8"), before);
  hub.add("a/b", { ...files, "onnx/model_fp16.onnx": "half" });
  await lock({ ids: ["a/b"] });
  await lock({ ids: ["a/b"], dtypes: ["fp16"] });
  assert.deepEqual(Object.keys(read()), ["a/b", ID]);
  assert.equal(Object.keys(read()["a/b"].files).length, 5);
  const moved = hub.add(ID, { ...files, "config.json": "{ }" });
  await lock();
  assert.equal(read()[ID].commit, moved.commit);
  assert.match(said.at(-1) ?? "", /\(it was \w{40}\)$/);
});

test("what the hub does not say now is not recorded, although the model is in the cache", async (t) => {
  const { lock, fetch, read, hub, files, commit, said, lockFile } = await startLocking(t);
  await lock();
  await fetch({ files: Object.keys(files) });
  hub.add(ID, { ...files, "config.json": '{"moved": true}' });
  const before = readFileSync(lockFile, "utf8");
  said.length = 0;
  await assert.rejects(lock({}, { HF_HUB_OFFLINE: "1" }), {
    code: "option_invalid",
    message: /what revision main of acme\/tiny is now only the hub can say, and HF_HUB_OFFLINE is set/,
  });
  const failed = "model_download_failed";
  hub.faults.push({ status: 401 });
  await assert.rejects(lock(), { code: failed, message: /\(401\)/ });
  await assert.rejects(lock({ revision: commit }), { code: failed, message: /\(401\)/ });
  hub.faults[0] = { status: 503 };
  await assert.rejects(lock(), { code: failed, message: /answers 503; given up after 2 attempts/ });
  await hub.stop();
  await assert.rejects(lock(), { code: failed, message: /ECONNREFUSED.*given up after 2 attempts/ });
  assert.deepEqual(said, []);
  assert.equal(readFileSync(lockFile, "utf8"), before);
  assert.equal(read()[ID].commit, commit);
});

test("a small file that went wrong on its way, or in the cache, is not recorded as the truth", async (t) => {
  const { lock, read, hub, cacheDirectory, commit } = await startLocking(t);
  hub.faults.push({ path: "tokenizer_config.json", wrongBytes: true });
  await assert.rejects(lock(), { code: "model_hash_mismatch" });
  hub.faults.length = 0;
  await lock();
  const entry = read()[ID];
  const directory = join(cacheDirectory, ID, commit);
  writeFileSync(join(directory, "config.json"), "[]");
  rmSync(join(directory, ".digests.json"));
  await lock({ revision: commit });
  assert.deepEqual(read()[ID].files, entry.files);
});

test("a dtype that the lock file does not know comes from the locked commit, with its weights", async (t) => {
  const { lock, fetch, lockFile, hub, files, commit, cached, messages } = await startLocking(t);
  const graph = "onnx/model.onnx";
  hub.add(ID, { ...files, [graph]: "g", [`${graph}_data`]: "weights" }, { commit });
  await lock();
  const request = { lockFile, files: ["config.json", graph], optionalFiles: [`${graph}_data`] };
  await assert.rejects(fetch({ ...request, isOffline: true }), { code: "model_file_missing" });
  assert.equal((await fetch(request)).commit, commit);
  assert.ok(cached().includes(`${ID}/${commit}/${graph}_data`));
  assert.match(messages().join("\n"), /has no SHA-256 for onnx\/model\.onnx of acme\/tiny/);
  hub.seen.length = 0;
  await fetch(request);
  await fetch({ ...request, isOffline: true });
  assert.equal(hub.seen.length, 0);
});

test("a locked model is that commit, whatever the branch has become, and asks no questions", async (t) => {
  const { lock, fetch, lockFile, hub, files, commit, messages } = await startLocking(t);
  await lock();
  hub.add(ID, { ...files, "config.json": '{"moved": true}' });
  hub.seen.length = 0;
  assert.equal((await fetch({ lockFile })).commit, commit);
  assert.equal((await fetch({ lockFile, revision: commit, isOffline: true })).commit, commit);
  assert.equal(hub.seen.length, 0);
  assert.doesNotMatch(messages().join("\n"), /is not locked/);
});

test("another file than the locked one is deleted, asked for once more, and then refused", async (t) => {
  const { lock, fetch, lockFile, hub, cached, cacheDirectory, commit, read } = await startLocking(t);
  await lock();
  const other = read();
  other[ID].files["config.json"].sha256 = "0".repeat(64);
  writeFileSync(lockFile, JSON.stringify(other));
  hub.seen.length = 0;
  await assert.rejects(fetch({ lockFile }), {
    code: "model_hash_mismatch",
    message: new RegExp(
      `config\\.json of ${ID} came wrong 2 times.*SHA-256 0{64} is due, \\w{64} was found by .*models\\.lock\\.json; if .* is to be trusted.*model:lock -- ${ID} --revision main`,
    ),
  });
  assert.equal(hub.downloads("config.json").length, 2);
  assert.ok(!cached().includes(`${ID}/${commit}/config.json`));
  assert.ok(existsSync(join(cacheDirectory, ID, commit, GRAPH)));
});

test("a file or a revision that the lock file does not know is used with a warning", async (t) => {
  const { lock, fetch, lockFile, hub, files, messages, commit } = await startLocking(t);
  const optional = { ...files, "onnx/model_fp16.onnx": "half" };
  hub.add(ID, optional, { commit });
  await lock();
  await fetch({ lockFile, files: ["config.json", "onnx/model_fp16.onnx"] });
  assert.match(messages().join("\n"), /has no SHA-256 for onnx\/model_fp16\.onnx of acme\/tiny/);
  await fetch({ lockFile, revision: commit.slice(0, 8) }).catch(() => {});
  assert.match(messages().join("\n"), /has revision main of it, not \w{8}\).*--revision \w{8}` records/);
});

test("a lock file that was named has to be there, and one that is none is refused", async (t) => {
  const { fetch, lockFile } = await startLocking(t);
  await assert.rejects(fetch({ lockFile }), {
    code: "option_invalid",
    message: /cannot be read \(ENOENT\); `npm run model:lock/,
  });
  for (const text of [
    "nonsense",
    '{"a/b": {}}',
    JSON.stringify({
      "a/b": {
        revision: "main",
        commit: "0".repeat(40),
        files: { "../x": { sha256: "0".repeat(64), size: 1 } },
      },
    }),
    JSON.stringify({ "a/b": { revision: "main", commit: "../../x", files: {} } }),
  ]) {
    writeFileSync(lockFile, text);
    await assert.rejects(fetch({ lockFile }), {
      code: "option_invalid",
      message: /is no lock file of models/,
    });
  }
});

test("the command line: ids, dtypes, places; what is wrong is named", () => {
  const parse = (...argv: string[]) => parseLockOptions(argv, { BLINDSPLIT_MODEL_CACHE: "/cache" }, "/srv");
  assert.equal(parse("--help"), "help");
  assert.deepEqual(parse("a/b", "c/d", "--dtype", "fp16", "--dtype", "int8", "--lock", "x.json"), {
    ids: ["a/b", "c/d"],
    revision: "main",
    dtypes: ["fp16", "int8"],
    input: "tokens",
    lockFile: "/srv/x.json",
    cacheDirectory: "/cache",
  });
  for (const [argv, pattern] of [
    [[], /no model is named/],
    [["a"], /"a" is no model of a hub; write owner\/name/],
    [["a/b", "--dtype", "x"], /--dtype is "x"; write one of quantized/],
    [["a/b", "--nope"], /Unknown option '--nope'/],
  ] as const) {
    assert.throws(() => parse(...argv), { code: "option_invalid", message: pattern });
  }
});
