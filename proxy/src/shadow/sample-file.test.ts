import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { createLog } from "../log.ts";
import { SampleFile } from "./sample-file.ts";

function place(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), "blindsplit-samples-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const logged: string[] = [];
  const log = createLog("info", { write: (line) => void logged.push(line) });
  return { folder, path: join(folder, "samples.jsonl"), log, logged };
}

const modeOf = (path: string) => statSync(path).mode & 0o777;
const linesOf = (path: string) => readFileSync(path, "utf8").trim().split("\n");

test("samples are JSON lines that only their owner may read, also where the file was open to others", async (t) => {
  const { path, log } = place(t);
  writeFileSync(path, '{"before":1}\n', { mode: 0o644 });
  const file = new SampleFile(path, log);
  for (let at = 0; at < 100; at++) file.add({ at, text: "zwei\nZeilen" });
  await file.close();
  assert.equal(modeOf(path), 0o600);
  const lines = linesOf(path);
  assert.equal(lines.length, 101);
  assert.deepEqual(JSON.parse(lines[100] ?? ""), { at: 99, text: "zwei\nZeilen" });
});

test("a file that is full makes place, and only one before it is kept", async (t) => {
  const { path, log } = place(t);
  const limit = 1_000;
  const file = new SampleFile(path, log, limit);
  for (let at = 0; at < 50; at++) file.add({ at, text: "x".repeat(100) });
  await file.close();
  for (const each of [path, `${path}.1`]) {
    assert.ok(statSync(each).size <= limit, `${each}: ${statSync(each).size}`);
    assert.equal(modeOf(each), 0o600);
  }
  const lastLine = linesOf(path).at(-1) ?? "";
  assert.equal(JSON.parse(lastLine).at, 49);
});

test("lines that the disk does not take in time are dropped, not gathered", async (t) => {
  const { path, log } = place(t);
  const file = new SampleFile(path, log);
  for (let at = 0; at < 10_000; at++) file.add({ at, text: "x".repeat(1_000) });
  await file.close();
  assert.ok(statSync(path).size <= 3 * 1024 * 1024, String(statSync(path).size));
});

test("no link is followed and no device taken for a file; it is said once, and nothing else stops", async (t) => {
  const { folder, path, log, logged } = place(t);
  const elsewhere = join(folder, "elsewhere");
  symlinkSync(elsewhere, path);
  for (const target of [path, "/dev/null", join(folder, "nowhere", "samples.jsonl")]) {
    const file = new SampleFile(target, log);
    for (let at = 0; at < 5; at++) file.add({ at });
    await file.close();
    file.add({ at: 5 });
  }
  assert.equal(existsSync(elsewhere), false);
  assert.equal(logged.length, 3);
  for (const line of logged) assert.match(line, /shadow\.sample_texts/);
});
