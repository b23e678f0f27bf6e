import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { test } from "node:test";
import { exposures, startExperiment, total } from "./experiment.ts";
import { runCommand } from "./processes.ts";

/** Sums by variant. */
function add(...counts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const one of counts)
    for (const [name, count] of Object.entries(one)) sum[name] = (sum[name] ?? 0) + count;
  return sum;
}

test("a judge that is killed goes on with what it had, also of a gateway that is gone", async (t) => {
  const experiment = await startExperiment(t);
  const gateway = await experiment.gateway();
  const judge = await experiment.judge();
  const first = await gateway.send(20);
  const before = await judge.until("20 exposures", (verdict) => total(exposures(verdict)) === 20);
  await judge.kill();
  await gateway.kill();
  await gateway.start();
  const second = await gateway.send(30);
  await judge.start();
  const after = await judge.until("50 exposures", (verdict) => total(exposures(verdict)) === 50);
  assert.deepEqual(exposures(after), add(first, second));
  assert.ok(after.looks > before.looks, `${after.looks} looks after ${before.looks}`);
  assert.equal(after.since, before.since);
  assert.match(judge.said(), /going on from the state file/);
});

test("a gateway that begins anew loses nothing that was read, whatever it counts afterwards", async (t) => {
  const experiment = await startExperiment(t);
  const gateway = await experiment.gateway();
  const judge = await experiment.judge();
  const counts = [await gateway.send(15)];
  await judge.until("15 exposures", (verdict) => total(exposures(verdict)) === 15);
  await gateway.kill();
  await gateway.start();
  // More than before: the sum alone never fell.
  counts.push(await gateway.send(40));
  const verdict = await judge.until("55 exposures", (verdict) => total(exposures(verdict)) === 55);
  assert.deepEqual(exposures(verdict), add(...counts));
});

test("another replica is counted from its first request, and one that went keeps what it had", async (t) => {
  const experiment = await startExperiment(t, { gateways: 2 });
  const one = await experiment.gateway();
  const judge = await experiment.judge();
  const counts = [await one.send(10)];
  await judge.until("10 exposures", (verdict) => total(exposures(verdict)) === 10);
  const other = await experiment.gateway();
  counts.push(await other.send(10), await one.send(5));
  await judge.until("25 exposures", (verdict) => total(exposures(verdict)) === 25);
  await one.kill();
  counts.push(await other.send(5));
  const verdict = await judge.until("30 exposures", (verdict) => total(exposures(verdict)) === 30);
  assert.deepEqual(exposures(verdict), add(...counts));
  assert.match(judge.said(), /it cannot be read; its counts stand as they were/);
});

test("two judges on one state file: the second refuses, also for one look", async (t) => {
  const experiment = await startExperiment(t);
  await experiment.gateway();
  await experiment.judge();
  for (const flags of [["--port", "0"], ["--once"]]) {
    const second = await runCommand(["judge", "--config", experiment.config, ...flags]);
    assert.equal(second.code, 1, second.out);
    assert.match(
      second.err,
      /another judge \(process \d+ on .*\) keeps its state in the same file: stop it, or name another with --state/,
    );
  }
});

test("a state file that is broken is set aside, and said", async (t) => {
  const experiment = await startExperiment(t);
  const gateway = await experiment.gateway();
  const judge = await experiment.judge();
  await gateway.send(5);
  await judge.until("5 exposures", (verdict) => total(exposures(verdict)) === 5);
  assert.equal(await judge.stop(), 0);
  const state = experiment.folder.path("judge.json");
  const text = await readFile(state, "utf8");
  await writeFile(state, text.slice(0, text.length / 2));
  await judge.start();
  // What the gateway still knows counts again from the beginning.
  await judge.until("5 exposures again", (verdict) => total(exposures(verdict)) === 5);
  assert.match(judge.said(), /the state file is broken and was set aside; the evidence begins anew/);
  assert.ok((await readdir(dirname(state))).includes("judge.json.corrupt"));
});

test("a new phase begins anew, the old one stays beside it, and comes back with its counts", async (t) => {
  const experiment = await startExperiment(t);
  const gateway = await experiment.gateway();
  const judge = await experiment.judge();
  await gateway.send(12);
  const old = await judge.until("12 exposures", (verdict) => total(exposures(verdict)) === 12);
  await experiment.write("", 2);
  const begun = await judge.until("phase 2", ({ phase }) => phase === 2);
  assert.equal(total(exposures(begun)), 0);
  assert.ok((await readdir(dirname(experiment.config))).includes("judge.json.phase-1"));
  await experiment.write("", 1);
  const back = await judge.until("phase 1", ({ phase, looks }) => phase === 1 && looks > old.looks);
  assert.equal(back.since, old.since);
  assert.deepEqual(exposures(back), exposures(old));
});
