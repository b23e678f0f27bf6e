import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { before, type TestContext, test } from "node:test";
import { lookOnce } from "../../analysis/src/judge/once.ts";
import { createLog } from "../../proxy/src/log.ts";
import { type Experiment, exposures, type Gateway, startExperiment, total } from "../judge/experiment.ts";
import { eventually, runCommand } from "../judge/processes.ts";
import { assertInstalled, type Prometheus, startPrometheus } from "../prometheus/prometheus.ts";

before(assertInstalled);

/** A quarter of it is what a scrape may take until its samples are there. */
const STEP = "4s";

const NOTHING = {
  host: undefined,
  port: undefined,
  stepMs: undefined,
  prometheus: undefined,
  gateways: undefined,
  state: undefined,
  logLevel: undefined,
};

async function startMonitored(t: TestContext, gateways: number) {
  const experiment = await startExperiment(t, { gateways });
  const targets = JSON.stringify(experiment.admins.map((url) => new URL(url).host));
  const prometheus = await startPrometheus(
    t,
    `global: { scrape_interval: 500ms, scrape_timeout: 400ms }\nscrape_configs: [{ job_name: ab-proxy, static_configs: [{ targets: ${targets} }] }]\n`,
  );
  return { experiment, prometheus, flags: ["--prometheus", prometheus.url, "--step", STEP] };
}

/** The verdict of a moment, made of nothing but what Prometheus remembers. */
async function rebuild(experiment: Experiment, prometheus: Prometheus, at: number) {
  const { verdict } = await lookOnce({
    configFile: experiment.config,
    overrides: { ...NOTHING, prometheus: prometheus.url, stepMs: Number.parseInt(STEP, 10) * 1000 },
    env: {},
    log: createLog("silent"),
    process: { pid: process.pid, isRunning: () => false },
    now: Date.now,
    at,
  });
  return verdict;
}

/** Prometheus has seen so many exposures of a gateway since it was started. */
async function scraped(prometheus: Prometheus, gateway: Gateway, count: number): Promise<void> {
  const instance = new URL(gateway.admin).host;
  await eventually(`a scrape with ${count} exposures`, async () => {
    const [sum] = await prometheus.query(`sum(ab_bucket_requests_total{instance="${instance}"})`);
    return sum?.value === count || undefined;
  });
}

test("what is rebuilt from Prometheus is what was kept, whoever was killed meanwhile", async (t) => {
  const { experiment, prometheus, flags } = await startMonitored(t, 2);
  const one = await experiment.gateway();
  const judge = await experiment.judge(flags);
  experiment.answer("treatment", [200, 200, 500]);
  let sent = total(await one.sendAll(40));
  await scraped(prometheus, one, 40);
  // It counts more afterwards than before, mostly within one step: only the samples in between tell.
  await one.kill();
  await one.start();
  sent += total(await one.sendAll(60));
  const other = await experiment.gateway();
  sent += total(await other.sendAll(25));
  await judge.kill();
  sent += total(await one.sendAll(10));
  await scraped(prometheus, one, 70);
  await one.kill();
  await judge.start();
  const kept = await judge.until("all exposures", (verdict) => total(exposures(verdict)) === sent);
  assert.deepEqual(await rebuild(experiment, prometheus, kept.at), kept);

  await t.test("also as one look of the command, with letters", async () => {
    const { code, out, err } = await runCommand([
      ...["judge", "--config", experiment.config, ...flags],
      ...["--once", "--at", new Date(kept.at).toISOString()],
    ]);
    assert.equal(code, 0, err);
    const masked = JSON.parse(out) as { at: number; exposures: number; letters: string[] };
    assert.deepEqual([masked.at, masked.exposures, masked.letters], [kept.at, sent, ["X", "Y"]]);
    assert.doesNotMatch(out, /control|treatment/);
  });

  await t.test("also by a judge without its state file, which looks at every step again", async () => {
    await judge.kill();
    await rm(experiment.folder.path("judge.json"));
    await judge.start();
    const again = await judge.until("a later look", ({ at }) => at > kept.at);
    assert.equal(again.looks, kept.looks + (again.at - kept.at) / (Number.parseInt(STEP, 10) * 1000));
    assert.deepEqual(
      again.variants.map(({ name, exposures, errors }) => [name, exposures, errors]),
      kept.variants.map(({ name, exposures, errors }) => [name, exposures, errors]),
    );
  });
});

test("a judge that was away misses no step, and one without an answer of Prometheus waits", async (t) => {
  const { experiment, prometheus, flags } = await startMonitored(t, 1);
  const gateway = await experiment.gateway();
  const judge = await experiment.judge(flags);
  await gateway.sendAll(10);
  const first = await judge.until("10 exposures", (verdict) => total(exposures(verdict)) === 10);
  await judge.kill();
  await gateway.sendAll(10);
  await scraped(prometheus, gateway, 20);
  await judge.start();
  const later = await judge.until("20 exposures", (verdict) => total(exposures(verdict)) === 20);
  assert.equal(later.looks - first.looks, (later.at - first.at) / (Number.parseInt(STEP, 10) * 1000));
  assert.equal(later.validity.missing.steps, 0);

  const nowhere = await runCommand([
    ...["judge", "--config", experiment.config, "--prometheus", experiment.admins[0] ?? ""],
    ...["--once", "--at", "2026-01-01T00:00Z"],
  ]);
  assert.equal(nowhere.code, 1);
  assert.match(nowhere.err, /blindsplit judge: /);
});
