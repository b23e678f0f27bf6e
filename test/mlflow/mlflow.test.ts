import assert from "node:assert/strict";
import { before, type TestContext, test } from "node:test";
import { report } from "../../analysis/src/report/command.ts";
import { createTerminal, writeFiles } from "../support/terminal.ts";
import { sampleVerdict } from "../support/verdicts.ts";
import { listArtifacts, prepareMlflow, readArtifact, readHistory, readRun, startMlflow } from "./mlflow.ts";

const CONFIG = `
experiment: { name: sentiment-model, phase: 2 }
variants:
  - { name: distilbert, weight: 50, upstreams: ["http://127.0.0.1:1"] }
  - { name: roberta, weight: 50, upstreams: ["http://127.0.0.1:1"] }
`;
const VERDICT = sampleVerdict();

before(prepareMlflow, { timeout: 700_000 });

/** The command as it is called, and the run that it says it made. */
async function keep(t: TestContext, url: string, ...more: string[]) {
  const state = JSON.stringify({ version: 1, experiment: "sentiment-model", verdict: VERDICT });
  const file = await writeFiles(t, { "experiment.yaml": CONFIG, "judge.json": state });
  const { terminal, said } = createTerminal({}, VERDICT.at);
  const argv = ["--config", file("experiment.yaml"), "--state", file("judge.json"), "--mlflow", url];
  const code = await report([...argv, ...more], terminal);
  const [, id = assert.fail(`no run was named: ${said.err}`)] = /kept as run (\w+) of/.exec(said.err) ?? [];
  return { code, id, said };
}

test("a report is a run of a real MLflow, masked and unblinded", { timeout: 600_000 }, async (t) => {
  const url = await startMlflow(t);

  const masked = await keep(t, url);
  assert.equal(masked.code, 3);
  const shown = await readRun(url, masked.id);
  assert.equal(shown.info.status, "FINISHED");
  assert.equal(shown.info.run_name, "phase 2, 2027-02-03T00:00Z");
  assert.equal(shown.tags["blindsplit.masked"], "true");
  assert.equal(shown.tags["blindsplit.analysis_hash"], VERDICT.analysisHash);
  assert.equal(shown.tags["blindsplit.config_hash"], VERDICT.configHashes.join(","));
  assert.match(String(shown.tags["blindsplit.verdict"]), /^BETTER: [XY] is better than [XY]/);
  assert.equal(shown.params.variants, "X, Y");
  assert.equal(shown.params.margin, "0.01");
  assert.equal(shown.metrics.exposures, 240_068);
  assert.equal(Math.abs(Number(shown.metrics["difference/accuracy/X-Y"])), 0.027);
  assert.equal((await readHistory(url, masked.id, "difference/accuracy/X-Y")).length, 120);
  assert.deepEqual(await listArtifacts(url, masked.id), ["report.html", "report.json", "report.md"]);
  const page = await readArtifact(url, masked.id, "report.html");
  assert.match(page, /^<!doctype html>/);
  assert.doesNotMatch(`${JSON.stringify(shown)}${page}`, /roberta|distilbert/);

  const open = await keep(t, url, "--unblind", "--reason", "the launch is decided on Friday");
  assert.equal(open.code, 0);
  const { metrics, params, tags, info } = await readRun(url, open.id);
  assert.equal(info.experiment_id, shown.info.experiment_id);
  assert.equal(tags["blindsplit.verdict"], "BETTER: roberta is better than distilbert in the accuracy");
  assert.equal(params.control, "distilbert");
  const [cost] = VERDICT.costs;
  assert.equal(metrics["cpu_seconds_per_thousand/distilbert"], cost?.cpuSecondsPerThousand);
  const history = VERDICT.comparisons[0]?.metrics[0]?.history ?? [];
  assert.deepEqual(
    await readHistory(url, open.id, "difference/primary/accuracy/roberta-distilbert"),
    history.map(({ difference }) => difference.value),
  );
  const kept = JSON.parse(await readArtifact(url, open.id, "report.json")) as { verdict: unknown };
  assert.deepEqual(kept.verdict, JSON.parse(JSON.stringify(VERDICT)));
});

test("where the server keeps no artifacts, the report is a tag", { timeout: 600_000 }, async (t) => {
  const url = await startMlflow(t, ["--no-serve-artifacts", "--default-artifact-root", "/nowhere"]);
  const { id, said } = await keep(t, url);
  assert.match(said.err, /the report is the tag blindsplit\.report, cut at 5000 bytes/);
  assert.match(String((await readRun(url, id)).tags["blindsplit.report"]), /^# BETTER: [XY] is better than/);
});
