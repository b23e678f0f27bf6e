import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { test } from "node:test";
import { writeFiles } from "../../../test/support/terminal.ts";
import { type SavedState, StateFile } from "./state-file.ts";

const HELD = { check: async () => undefined };

function state(more: Partial<SavedState> = {}): SavedState {
  return {
    experiment: "shop",
    phase: 1,
    analysisHash: "a".repeat(64),
    stepMs: 1000,
    reads: "processes",
    lookedAt: 5000,
    verdict: null,
    evidence: { counts: [1, 2] },
    source: null,
    ...more,
  };
}

async function open(t: Parameters<typeof writeFiles>[0]) {
  const path = (await writeFiles(t, {}))("judge.json");
  return { path, file: new StateFile(path, HELD), names: () => readdirSync(dirname(path)).sort() };
}

test("what was saved comes back, and no half of it is left", async (t) => {
  const { file, names } = await open(t);
  assert.deepEqual(await file.load(state()), { kind: "none" });
  await file.save(state());
  assert.deepEqual(await file.load(state()), { kind: "same", state: state() });
  assert.deepEqual(names(), ["judge.json"]);
});

test("another phase is set aside by its name, and comes back when it runs again", async (t) => {
  const { file, names } = await open(t);
  await file.save(state());
  const second = await file.load(state({ phase: 2 }));
  assert.ok(second.kind === "other");
  assert.match(second.aside, /judge\.json\.phase-1$/);
  assert.equal(second.reason, "it is of phase 1");
  await file.save(state({ phase: 2, lookedAt: 9000 }));
  assert.deepEqual(await file.load(state()), { kind: "same", state: state() });
  assert.deepEqual(names(), ["judge.json", "judge.json.phase-2"]);
});

test("another experiment, another analysis: nothing is mixed, nothing is overwritten", async (t) => {
  const { file, names } = await open(t);
  await file.save(state());
  assert.equal((await file.load(state({ experiment: "search" }))).kind, "other");
  await file.save(state({ lookedAt: 6000 }));
  assert.equal((await file.load(state({ experiment: "search" }))).kind, "other");
  await file.save(state({ experiment: "search" }));
  const found = await file.load(state({ experiment: "search", analysisHash: "b".repeat(64) }));
  assert.ok(found.kind === "other");
  assert.match(found.reason, /another analysis, though the phase is the same/);
  assert.deepEqual(names(), [
    "judge.json.phase-1.analysis-aaaaaaaaaaaa",
    "judge.json.shop.phase-1",
    "judge.json.shop.phase-1.2",
  ]);
});

test("half a file, another version and no state at all are set aside and said", async (t) => {
  const { file, path, names } = await open(t);
  await file.save(state());
  const text = await readFile(path, "utf8");
  for (const [broken, reason] of [
    [text.slice(0, 50), /it is no JSON/],
    [text.replace('"version":1', '"version":2'), /it is no state of version 1/],
    ["[]", /it is no state of version 1/],
  ] as const) {
    await writeFile(path, broken);
    const found = await file.load(state());
    assert.ok(found.kind === "corrupt", broken);
    assert.match(found.reason, reason);
  }
  assert.deepEqual(names(), ["judge.json.corrupt", "judge.json.corrupt.2", "judge.json.corrupt.3"]);
});

test("a file system that refuses is said with the remedy; a lost lock keeps the file as it is", async (t) => {
  const { path } = await open(t);
  const folder = new StateFile(dirname(path), HELD);
  await assert.rejects(folder.load(state()), /the state file .* cannot be used: .*name another with --state/);
  const lost = new StateFile(path, { check: () => Promise.reject(new Error("lost")) });
  await assert.rejects(lost.save(state()), /lost/);
});

test("what was set aside for evidence that did not fit is found, where a death left nothing else", async (t) => {
  const { file, names } = await open(t);
  await file.save(state());
  await file.setAside("unfit");
  assert.deepEqual(await file.load(state()), { kind: "same", state: state() });
  assert.deepEqual(names(), ["judge.json"]);
});
