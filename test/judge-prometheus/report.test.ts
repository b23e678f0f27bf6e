import assert from "node:assert/strict";
import { before, test } from "node:test";
import { startExperiment, total } from "../judge/experiment.ts";
import { eventually, runCommand } from "../judge/processes.ts";
import { assertInstalled, startPrometheus } from "../prometheus/prometheus.ts";

before(assertInstalled);

const STEP = "4s";

test("a report of Prometheus alone is that of the judge at the same moment", async (t) => {
  const experiment = await startExperiment(t);
  const targets = JSON.stringify(experiment.admins.map((url) => new URL(url).host));
  const prometheus = await startPrometheus(
    t,
    `global: { scrape_interval: 500ms, scrape_timeout: 400ms }\nscrape_configs: [{ job_name: ab-proxy, static_configs: [{ targets: ${targets} }] }]\n`,
  );
  const gateway = await experiment.gateway();
  const judge = await experiment.judge(["--prometheus", prometheus.url, "--step", STEP]);
  const sent = total(await gateway.sendAll(40));
  const known = await eventually("all exposures", async () => {
    const found = await judge.masked();
    return found?.exposures === sent ? found : undefined;
  });
  const at = new Date(known.at).toISOString();
  const argv = ["report", "--config", experiment.config, "--prometheus", prometheus.url, "--at", at];
  const env = { BLINDSPLIT_JUDGE_STEP: STEP };
  const { code, out, err } = await runCommand([...argv, "--format", "json"], env);
  assert.equal(code, 0, err);
  assert.deepEqual(JSON.parse(out).verdict, known);

  const early = new Date(known.at - 3_600_000).toISOString();
  const nothing = await runCommand(
    ["report", "--config", experiment.config, "--prometheus", prometheus.url, "--at", early],
    env,
  );
  assert.equal(nothing.code, 1);
  assert.match(nothing.err, /Prometheus knows of no exposure of this phase: check judge\.prometheus/);
});
