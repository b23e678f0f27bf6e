import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { before, test } from "node:test";
import { sendTraffic } from "../../deploy/local/demo/traffic.ts";
import { sentences } from "../support/sentences.ts";
import { startSystem } from "../support/system.ts";
import { assertInstalled, eventually, promtool, type Sample, startPrometheus } from "./prometheus.ts";

const configFile = join(import.meta.dirname, "../../prometheus/local.yml");
const units = 400;
const requests = 2_400;
const callersAtOnce = 8;

/** Word for word what the product promises (design, section 6). */
const throughput = "sum by (model_version) (rate(sentiment_requests_total[5m]))";
const tailLatency =
  "histogram_quantile(0.99, sum(rate(sentiment_inference_seconds_bucket[5m])) by (le, model_version))";
const errorShare =
  'sum(rate(sentiment_requests_total{status=~"5.."}[5m])) by (model_version) / sum(rate(sentiment_requests_total[5m])) by (model_version)';
const labelCounts = "sum by (sentiment_label, model_version) (sentiment_requests_total)";

before(assertInstalled);

function show(query: string, samples: readonly Sample[]): void {
  const rows = samples.map(({ labels, value }) => {
    const names = Object.entries(labels).map(([name, text]) => `${name}="${text}"`);
    return `    {${names.join(", ")}}  ${Number(value.toPrecision(6))}`;
  });
  console.log(["", query, ...(rows.length > 0 ? rows.sort() : ["    (empty)"])].join("\n"));
}

/** The value for each model, and nothing else in the answer. */
function byModel(samples: readonly Sample[]): { distilbert: number; roberta: number } {
  const values = new Map(samples.map(({ labels, value }) => [labels.model_version, value]));
  assert.deepEqual(new Set(values.keys()), new Set(["distilbert", "roberta"]));
  assert.equal(values.size, samples.length);
  return { distilbert: values.get("distilbert") ?? Number.NaN, roberta: values.get("roberta") ?? Number.NaN };
}

/** The shipped configuration, with the addresses and the pace of this run. */
async function configFor(addresses: Record<string, string>): Promise<string> {
  let config = await readFile(configFile, "utf8");
  for (const [shipped, url] of Object.entries(addresses)) {
    assert.ok(config.includes(`"${shipped}"`), `${shipped} is not in ${configFile}`);
    config = config.replace(`"${shipped}"`, `"${new URL(url).host}"`);
  }
  return config
    .replace("scrape_interval: 5s", "scrape_interval: 500ms")
    .replace("scrape_timeout: 4s", "scrape_timeout: 500ms");
}

test("promtool accepts the shipped configuration", () => {
  const { status, said } = promtool(["check", "config", configFile]);
  assert.equal(status, 0, said);
});

test("the four queries compare both models on a running system", { timeout: 180_000 }, async (t) => {
  const system = await startSystem(t);
  const [distilbert = "", roberta = ""] = system.workers;
  const config = await configFor({
    "127.0.0.1:8081": system.admin,
    "127.0.0.1:8082": system.judge,
    "127.0.0.1:8101": distilbert,
    "127.0.0.1:8102": roberta,
  });
  const prometheus = await startPrometheus(t, config);

  await t.test("every target is up", async () => {
    const expected = [`ab-proxy ${new URL(system.admin).host}`, `ab-judge ${new URL(system.judge).host}`];
    for (const url of system.workers) expected.push(`sentiment-worker ${new URL(url).host}`);
    const targets = await eventually("all targets are up", async () => {
      const found = await prometheus.targets();
      const isUp = ([, health]: [string, string]) => health === "up";
      return Object.entries(found).filter(isUp).length === expected.length ? found : undefined;
    });
    console.log(targets);
    assert.deepEqual(new Set(Object.keys(targets)), new Set(expected));
  });

  await t.test("promtool finds nothing wrong with any exposition", async () => {
    for (const url of [system.admin, system.judge, ...system.workers]) {
      const exposition = await (await fetch(`${url}/metrics`)).text();
      assert.match(exposition, /^# TYPE /m);
      const { status, said } = promtool(["check", "metrics"], exposition);
      assert.equal(status, 0, `${url}: ${said}`);
    }
  });

  // A rate is seen only from a first sample on: the zeros must have been collected before the load begins.
  await eventually("the zeros are collected", async () => {
    const samples = await prometheus.query(throughput);
    return samples.length === 2 ? samples : undefined;
  });
  const { answered, failures } = await sendTraffic({
    url: system.url,
    idHeader: "x-user-id",
    users: units,
    requests,
    concurrency: callersAtOnce,
    sentences,
  });
  assert.deepEqual(Object.fromEntries(failures), {});
  console.log(`\n${answered} predictions through the gateway for ${units} units`);
  let collected: readonly Sample[] = [];
  await eventually(
    `all ${answered} predictions are collected`,
    async () => {
      collected = await prometheus.query("sum by (model_version, status) (sentiment_requests_total) > 0");
      const total = collected.reduce((sum, { value }) => sum + value, 0);
      return total === answered ? total : undefined;
    },
    () => JSON.stringify(collected),
  );

  await t.test("throughput", async () => {
    const samples = await prometheus.query(throughput);
    show(throughput, samples);
    const rates = byModel(samples);
    const share = rates.distilbert / (rates.distilbert + rates.roberta);
    assert.ok(share > 0.3 && share < 0.7, `${share} of the predictions for a weight of 50`);
  });

  await t.test("inference time at the 99th percentile", async () => {
    const samples = await prometheus.query(tailLatency);
    show(tailLatency, samples);
    for (const seconds of Object.values(byModel(samples)))
      assert.ok(seconds > 0 && seconds < 5, `${seconds} s`);
  });

  await t.test("the share of errors is 0, and not an empty answer, when there were none", async () => {
    const samples = await prometheus.query(errorShare);
    show(errorShare, samples);
    assert.deepEqual(byModel(samples), { distilbert: 0, roberta: 0 });
  });

  await t.test("predictions by label add up to what was sent", async () => {
    const samples = await prometheus.query(labelCounts);
    show(labelCounts, samples);
    const answeredOnes = samples.filter(({ labels }) => labels.sentiment_label !== "none");
    assert.equal(
      answeredOnes.reduce((sum, { value }) => sum + value, 0),
      answered,
    );
    const labelsOf = (model: string) => {
      const ofModel = answeredOnes.filter(({ labels }) => labels.model_version === model);
      return new Set(ofModel.map(({ labels }) => labels.sentiment_label));
    };
    assert.deepEqual(labelsOf("distilbert"), new Set(["negative", "positive"]));
    assert.deepEqual(labelsOf("roberta"), new Set(["negative", "neutral", "positive"]));
  });
});
