import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { exposures, startExperiment, total } from "./experiment.ts";
import { runCommand } from "./processes.ts";

const REASON = "the launch is decided on Friday";

test("a report is of the judge, and of its file when the judge is gone", async (t) => {
  const experiment = await startExperiment(t);
  const gateway = await experiment.gateway();
  const judge = await experiment.judge();
  await gateway.sendAll(30);
  await judge.until("30 exposures", (verdict) => total(exposures(verdict)) === 30);
  const report = (...argv: string[]) => runCommand(["report", "--config", experiment.config, ...argv]);

  const asked = await report("--format", "json");
  assert.equal(asked.code, 0, asked.err);
  const masked = JSON.parse(asked.out) as { masked: boolean; line: string; verdict: { exposures: number } };
  assert.deepEqual([masked.masked, masked.verdict.exposures], [true, 30]);
  assert.match(masked.line, /^NOT ENOUGH DATA \(/);
  assert.doesNotMatch(asked.out, /control|treatment/);
  assert.equal((await report("--require-decision")).code, 6);

  await judge.kill();
  const kept = await report("--unblind", "--reason", REASON, "--format", "json");
  assert.equal(kept.code, 0, kept.err);
  assert.match(kept.err, /does not answer .*: this is of the judge's file/);
  const open = JSON.parse(kept.out) as { verdict: Parameters<typeof exposures>[0] };
  assert.equal(total(exposures(open.verdict)), 30);
  const log = await readFile(experiment.folder.path("decisions.jsonl"), "utf8");
  assert.deepEqual(JSON.parse(log).reason, REASON);

  const page = experiment.folder.path("report.html");
  const written = await report("--out", page);
  assert.match(written.out, /^NOT ENOUGH DATA \([^\n]*\)\n$/);
  assert.match(await readFile(page, "utf8"), /^<!doctype html>/);
});
