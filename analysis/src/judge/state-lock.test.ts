import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { utimes, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { writeFiles } from "../../../test/support/terminal.ts";
import { StateError } from "./state-error.ts";
import { LockLost, lockState } from "./state-lock.ts";

const ALL_RUN = { pid: 1001, isRunning: () => true };
const OTHER = { pid: 1002, isRunning: () => true };

test("a second judge is refused while the first holds the file, and not afterwards", async (t) => {
  const path = await writeFiles(t, {});
  const state = path("deep/judge.json");
  const first = await lockState(state, ALL_RUN);
  await first.check();
  await assert.rejects(lockState(state, OTHER), {
    name: "StateError",
    message:
      /another judge \(process 1001 on .*\) keeps its state in the same file.*judge\.json\.lock is its lock/,
  });
  await first.release();
  assert.ok(!existsSync(`${state}.lock`));
  const second = await lockState(state, OTHER);
  await assert.rejects(first.check(), LockLost);
  await second.release();
});

test("the lock of a judge that was killed is taken over", async (t) => {
  const path = await writeFiles(t, {});
  const state = path("judge.json");
  await lockState(state, ALL_RUN);
  const second = await lockState(state, { pid: 1002, isRunning: () => false });
  await second.check();
  // The first process of a container, started again.
  const again = await lockState(state, { pid: 1002, isRunning: () => true });
  await again.check();
  await assert.rejects(second.check(), LockLost);
  await second.release();
  await again.check();
  await again.release();
});

test("a lock that nobody touches is of nobody, and one that is no lock too", async (t) => {
  const path = await writeFiles(t, { "broken.json.lock": "{" });
  const state = path("judge.json");
  await lockState(state, ALL_RUN);
  const old = new Date(Date.now() - 60_000);
  await utimes(`${state}.lock`, old, old);
  await (await lockState(state, OTHER)).release();
  await (await lockState(path("broken.json"), OTHER)).release();
});

test("a folder that cannot be made is said with the remedy", async (t) => {
  const path = await writeFiles(t, {});
  await writeFile(path("file"), "");
  await assert.rejects(lockState(path("file/judge.json"), ALL_RUN), (error) => {
    assert.ok(error instanceof StateError);
    assert.match(error.message, /cannot be locked: .*name another with --state/);
    return true;
  });
});
