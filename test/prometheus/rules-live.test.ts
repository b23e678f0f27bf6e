import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, test } from "node:test";
import { sendTraffic } from "../../deploy/local/demo/traffic.ts";
import { ruleFiles } from "../../prometheus/src/files.ts";
import { writeRuleFiles } from "../../prometheus/src/write.ts";
import { sentences } from "../support/sentences.ts";
import { startSystem } from "../support/system.ts";
import { assertInstalled, eventually, startPrometheus } from "./prometheus.ts";
import { expressionsOf, readRunbooks } from "./runbooks.ts";

before(assertInstalled);

const TIME_SCALE = 1 / 60;
const SCRAPE_INTERVAL = "500ms";

/** What a system without faults has nothing to say about, or not yet, or its models are not made for. */
const MAY_BE_EMPTY = [
  // Nothing is down.
  "job_instance_model_version:targets:down",
  "job_instance_model_version:targets:missed",
  // No variant is without a worker's metrics.
  "model_version:ab_request_duration_seconds:past_ratio",
  // Nothing is an hour old, or a day.
  "model_version_unit:sentiment_inference_seconds:past_ratio",
  "model_version:sentiment_inference_seconds:past_ratio",
  "model_version_feature:drift:psi_past1h",
  "model_version_feature:drift:psi_past_critical1h",
  "model_version_feature:drift:psi_yesterday1h",
  "model_version_feature:drift:psi_yesterday_critical1h",
];

/** The bundled experiment takes no outcomes here and stops nothing, and its judge's first look is minutes away. */
const OF_OTHER_EXPERIMENTS = /ab_(verdict|guardrail|judge|outcome)/;

/** About how fast this machine is at the moment; no timing is asserted. */
const OF_THE_MACHINE = [
  "ABLatencyBudgetBurn",
  "ModelLatencyBudgetExceeded",
  "ModelLatencyRegression",
  "EventLoopLagHigh",
];

test("on a running system every rule evaluates, every series is recorded, nothing but the dead man's switch fires, and runbooks ask what answers", {
  timeout: 240_000,
}, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "blindsplit-live-"));
  t.after(() => rm(folder, { recursive: true }));
  await writeRuleFiles(folder, { timeScale: TIME_SCALE });
  const system = await startSystem(t);
  let config = await readFile(join(import.meta.dirname, "../../prometheus/local.yml"), "utf8");
  const addresses = [system.admin, system.judge, ...system.workers].map((url) => new URL(url).host);
  const listed = ["127.0.0.1:8081", "127.0.0.1:8082", "127.0.0.1:8101", "127.0.0.1:8102"];
  for (const [index, shipped] of listed.entries()) config = config.replace(shipped, addresses[index] ?? "");
  config = config
    .replace(/(scrape|evaluation)_interval: 5s/g, `$1_interval: ${SCRAPE_INTERVAL}`)
    .replace("scrape_timeout: 4s", `scrape_timeout: ${SCRAPE_INTERVAL}`)
    .replace(/"(rules|alerts)\//g, `"${folder}/$1/`);
  const prometheus = await startPrometheus(t, config);
  await eventually("the zeros are collected", async () => {
    const samples = await prometheus.query("sum by (model_version) (sentiment_requests_total)");
    return samples.length === 2 ? samples : undefined;
  });

  const recorded = ruleFiles({ timeScale: TIME_SCALE }).flatMap(({ groups }) =>
    groups.flatMap(({ rules }) => rules.flatMap((rule) => ("record" in rule ? rule.record : []))),
  );
  const expected = new Set(recorded.filter((name) => !MAY_BE_EMPTY.includes(name)));
  const seen = new Set<string>();
  const fired = new Set<string>();
  await eventually(
    "every series is recorded, over demo traffic",
    async () => {
      const { failures } = await sendTraffic({
        url: system.url,
        idHeader: "x-user-id",
        users: 300,
        requests: 300,
        concurrency: 4,
        sentences,
      });
      assert.deepEqual(Object.fromEntries(failures), {});
      for (const { name, health, lastError, state } of await prometheus.rules()) {
        assert.notEqual(health, "err", `${name}: ${lastError}`);
        if (state === "firing" && !OF_THE_MACHINE.includes(name)) fired.add(name);
      }
      for (const name of expected) if ((await prometheus.query(name)).length > 0) seen.add(name);
      return seen.size === expected.size ? true : undefined;
    },
    () => [...expected].filter((name) => !seen.has(name)).join(", "),
  );
  assert.deepEqual([...fired], ["DeadMansSwitch"]);

  for (const [name, page] of await readRunbooks())
    for (const expression of expressionsOf(page)) {
      const samples = await prometheus.query(expression);
      // What is asked for as an exception is none here.
      const isException =
        /(> 0|== 0)$|^ALERTS/.test(expression) ||
        MAY_BE_EMPTY.includes(expression) ||
        OF_OTHER_EXPERIMENTS.test(expression);
      assert.ok(samples.length > 0 || isException, `${name}: nothing answers ${expression}`);
    }
});
