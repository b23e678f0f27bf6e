import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { VERDICT_FAMILIES } from "../../analysis/src/judge/verdict-metrics.ts";
import { PROBLEMS } from "../../proxy/src/errors.ts";
import { STATUSES as PROXY_STATUSES } from "../../proxy/src/metrics/status.ts";
import { parseExposition, type Scrape, samplesOf } from "../../worker/evaluation/exposition.ts";
import { ERROR_STATUS } from "../../worker/src/errors.ts";
import { METRICS as WORKER_METRICS, STATUSES as WORKER_STATUSES } from "../../worker/src/metrics/metrics.ts";
import { SETTING_KEYS } from "../../worker/src/settings.ts";
import { runApp, testOptions } from "../../worker/src/testing/running-app.ts";
import { configuration, startProxy } from "../support/running-proxy.ts";

/*
 * The tiers share names and no code, and users build on both: what the code says, README.md has to say, and the
 * other way round. Everything that is compared stands in this table.
 */
interface Tier {
  readonly metricsHeading: string;
  /** What its table of errors stands below. */
  readonly errorsIntroduction: string;
  readonly errorCodes: readonly string[];
  readonly requestsMetric: string;
  readonly statuses: readonly string[];
  /** Metrics that only another kind of model than the tested one has. */
  readonly ofOtherModels: readonly string[];
  /** Series that belong to the process or its configuration, to no model. */
  readonly withoutModel: RegExp;
}

const TIERS = {
  proxy: {
    metricsHeading: "### Metrics of the gateway\n",
    errorsIntroduction: "The gateway's own:",
    errorCodes: Object.keys(PROBLEMS),
    requestsMetric: "ab_requests_total",
    statuses: PROXY_STATUSES,
    ofOtherModels: [],
    withoutModel:
      /^(process_|nodejs_|ab_(rate_limit|identity|refusals|config|generations|connections|padding_target))/,
  },
  worker: {
    metricsHeading: "### Metrics of a worker\n",
    errorsIntroduction: "The workers':",
    // Status 0 is an error of the start or of the process, which no caller ever sees.
    errorCodes: Object.entries(ERROR_STATUS).flatMap(([code, status]) => (status === 0 ? [] : code)),
    requestsMetric: "sentiment_requests_total",
    statuses: WORKER_STATUSES,
    ofOtherModels: [
      WORKER_METRICS.regressionScore.name,
      WORKER_METRICS.regressionScoreSquared.name,
      WORKER_METRICS.regressionScoreBaseline.name,
    ],
    withoutModel: /^(process_|nodejs_)/,
  },
} as const satisfies Record<string, Tier>;

/** Design, section 6. */
const QUERIES = [
  "sum by (model_version) (rate(sentiment_requests_total[5m]))",
  "histogram_quantile(0.99, sum(rate(sentiment_inference_seconds_bucket[5m])) by (le, model_version))",
  'sum(rate(sentiment_requests_total{status=~"5.."}[5m])) by (model_version) / sum(rate(sentiment_requests_total[5m])) by (model_version)',
  "sum by (sentiment_label, model_version) (sentiment_requests_total)",
];

const root = join(import.meta.dirname, "../..");
const readme = readFileSync(join(root, "README.md"), "utf8");

/** Names in backticks in one column of the first table below a text that stands once in README.md. */
function namesInTable(below: string, column: number): Set<string> {
  const [, after = assert.fail(`README.md does not say "${below}"`)] = readme.split(below);
  const table = /(?:^\|.*\n)+/m.exec(after)?.[0] ?? "";
  const cells = table.split("\n").map((row) => row.split(" | ")[column] ?? "");
  return new Set(cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? "")));
}

interface SchemaNode {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
}

/** `upstream.keep_alive`, `variants[].name`: the leaves, as the README writes them. */
function keysOf({ properties = {} }: SchemaNode, path = ""): string[] {
  return Object.entries(properties).flatMap(([name, node]) => {
    if (node.properties) return keysOf(node, `${path}${name}.`);
    if (node.items?.properties) return keysOf(node.items, `${path}${name}[].`);
    return `${path}${name}`;
  });
}

const familiesIn = (exposition: string) =>
  new Set([...exposition.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name ?? ""));

test("both tiers at work keep to the names in README.md", async (t) => {
  const worker = await runApp(t, testOptions({ name: "only" }), { usage: process });
  const proxy = await startProxy(t, configuration({ only: worker.url }, [100]));
  const send = (path: string, body: string) =>
    fetch(proxy.url + path, {
      method: "POST",
      headers: { "content-type": "application/json", "x-user-id": "alice" },
      body,
    });
  const paths = ["/predict", "/forward", "/predict", "/nothing", "/metrics"];
  const bodies = ['{"text":"good"}', '{"text":""}', "{", "{}", "{}"];
  for (const [index, path] of paths.entries()) await (await send(path, bodies[index] ?? "")).text();
  const expositions = {
    proxy: await (await fetch(`${proxy.admin}/metrics`)).text(),
    worker: await (await fetch(`${worker.url}/metrics`)).text(),
  };

  for (const [name, tier] of Object.entries(TIERS)) {
    const exposition = expositions[name as keyof typeof TIERS];
    const scrape: Scrape = parseExposition(exposition);

    await t.test(`${name}: the metrics served are those in its table, none more and none less`, () => {
      const documented = namesInTable(tier.metricsHeading, 0);
      assert.deepEqual(new Set([...familiesIn(exposition), ...tier.ofOtherModels]), documented);
    });

    await t.test(`${name}: every series of a model says which by model_version`, () => {
      for (const sample of scrape.samples.values())
        assert.equal(sample.labels.has("model_version"), !tier.withoutModel.test(sample.name), sample.name);
      const versions = new Set(
        samplesOf(scrape, tier.requestsMetric).map(({ labels }) => labels.get("model_version")),
      );
      assert.ok(versions.has("only"), [...versions].join());
    });

    await t.test(`${name}: status is one of a closed set of codes`, () => {
      const seen = new Set(
        samplesOf(scrape, tier.requestsMetric).map(({ labels }) => labels.get("status") ?? ""),
      );
      assert.deepEqual(seen, new Set(tier.statuses));
      for (const status of seen) assert.match(status, /^([1-5]\d\d|other)$/);
      assert.ok(samplesOf(scrape, tier.requestsMetric).some(({ value }) => value > 0));
    });
  }
});

for (const [name, { errorsIntroduction, errorCodes }] of Object.entries(TIERS))
  test(`${name}: the error codes are those in its table, none more and none less`, () => {
    assert.deepEqual(new Set(errorCodes), namesInTable(errorsIntroduction, 1));
  });

test("judge: the metrics are those in its table, none more and none less", () => {
  assert.deepEqual(new Set(Object.keys(VERDICT_FAMILIES)), namesInTable("### Metrics of the judge\n", 0));
});

test("the four queries stand word for word in README.md", () => {
  for (const query of QUERIES) assert.ok(readme.split("\n").includes(query), query);
});

test("the keys of the experiment's schema are those in the configuration table", () => {
  const schema = JSON.parse(readFileSync(join(root, "config/experiment.schema.json"), "utf8")) as SchemaNode;
  const documented = namesInTable("### Configuration of the gateway", 0);
  assert.deepEqual(new Set(keysOf(schema)), documented);
});

test("the keys of a worker's configuration are those in its table", () => {
  assert.deepEqual(new Set<string>(SETTING_KEYS), namesInTable("### Configuration of a worker", 0));
});
