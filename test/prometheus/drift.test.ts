import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, type TestContext, test } from "node:test";
import { measureBaseline } from "../../worker/evaluation/baseline.ts";
import { increase, parseExposition, type Sample } from "../../worker/evaluation/exposition.ts";
import type { Baseline } from "../../worker/src/metrics/baseline.ts";
import type { Metrics } from "../../worker/src/metrics/record.ts";
import type { Task } from "../../worker/src/settings.ts";
import { testMetrics } from "../../worker/src/testing/test-metrics.ts";
import { assertInstalled, promtool } from "./prometheus.ts";

const rules = join(import.meta.dirname, "../../prometheus/rules/drift.yml");
const DRIFT = 0.2;

before(assertInstalled);

/** One text, as far as drift is concerned. */
interface Judged {
  readonly label: string | undefined;
  readonly score: number;
  readonly characters: number;
}

interface Population {
  readonly task: Task;
  readonly labels: readonly string[];
  /** The `index`-th text. */
  readonly text: (index: number) => Judged;
}

const cycle = (values: readonly number[], index: number) => values[index % values.length] ?? 0;

const usual: Population = {
  task: "text-classification",
  labels: ["negative", "neutral", "positive"],
  text: (index) => ({
    label: index % 5 === 0 ? "positive" : "negative",
    score: cycle([0.55, 0.72, 0.91, 0.93, 0.97], index),
    characters: cycle([5, 20, 45, 90, 130, 240], index),
  }),
};
const withTexts = (change: (text: Judged, index: number) => Partial<Judged>): Population => ({
  ...usual,
  text: (index) => ({ ...usual.text(index), ...change(usual.text(index), index) }),
});
const ratings: Population = {
  task: "text-regression",
  labels: [],
  text: (index) => ({ label: undefined, score: cycle([1, 2.2, 3.4, 4.1], index), characters: 20 }),
};

function serve({ task, labels }: Population, baseline?: Baseline): Metrics {
  const metrics = testMetrics({ name: "model", task, labels });
  const info = { model_name: "m", revision: "r", dtype: "int8", runtime: "r", labels: labels.join(",") };
  metrics.describeModel({ info, fileBytes: 1, baseline });
  return metrics;
}

async function send(metrics: Metrics, { text }: Population, count: number) {
  const before = parseExposition(await metrics.expose());
  for (let index = 0; index < count; index += 1) {
    const { label, score, characters } = text(index);
    metrics.computed({ inferenceSeconds: 0.01, queueSeconds: 0, score });
    metrics.input({ characters, nonAsciiCharacters: 0 });
    metrics.answered([{ label }]);
  }
  return increase(before, parseExposition(await metrics.expose()));
}

/** What `--baseline` writes of these texts. */
async function baselineOf(population: Population, count: number): Promise<Baseline> {
  const traffic = await send(serve(population), population, count);
  const worker = { ...population, sha256: "a".repeat(64) };
  return measureBaseline({ file: import.meta.filename, answered: count, worker, traffic });
}

/** Evaluates the shipped rules in promtool, an hour of `now` after `then` was made the baseline. */
async function psi(
  t: TestContext,
  then: Population,
  now: Population,
  count: number,
  write: (sample: Sample) => string = writeSeries,
) {
  const metrics = serve(now, await baselineOf(then, 1000));
  await send(metrics, now, count);
  const scrape = parseExposition(await metrics.expose());
  const folder = await mkdtemp(join(tmpdir(), "blindsplit-drift-"));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, "test.json");
  const probe = (feature: string) => ({
    expr: `model_version_feature:drift:psi1h{feature="${feature}"}`,
    eval_time: "1h",
  });
  const content = {
    rule_files: [rules],
    evaluation_interval: "10m",
    tests: [
      {
        interval: "10m",
        input_series: [...scrape.samples.values()].map((sample) => ({
          series: write(sample),
          values: pace(sample),
        })),
        promql_expr_test: FEATURES.map(probe),
      },
    ],
  };
  await writeFile(file, JSON.stringify(content));
  // No expectation is given, so every series found is reported as one too many, with its value.
  const { said } = promtool(["test", "rules", file]);
  const found = [...said.matchAll(/feature="(\w+)", model_version="model"\} (\S+?)"?$/gm)];
  // Rounded, because Prometheus adds series up in any order.
  return new Map(found.map(([, feature = "", value]) => [feature, Math.round(Number(value) * 1e9) / 1e9]));
}

const FEATURES = ["label", "confidence", "regression_score", "input_characters"];

function writeSeries({ name, labels }: Sample): string {
  return `${name}{${[...labels].map(([key, value]) => `${key}="${value}"`).join(",")}}`;
}

/** Counters rise evenly over the hour, gauges stand. */
function pace({ name, value }: Sample): string {
  return /_(total|bucket|count|sum)$/.test(name) ? `0+${value / 6}x6` : `${value}x6`;
}

const near = (value: number | undefined) => Math.abs(value ?? Number.NaN) < 0.01;

test("promtool accepts the shipped rules", () => {
  const { status, said } = promtool(["check", "rules", rules]);
  assert.equal(status, 0, said);
});

test("traffic like the baseline has no drift in any feature", async (t) => {
  const found = await psi(t, usual, usual, 600);
  assert.deepEqual(new Set(found.keys()), new Set(["label", "confidence", "input_characters"]));
  for (const [feature, value] of found) assert.ok(near(value), `${feature} ${value}`);
});

const shifts: [string, Population][] = [
  ["label", withTexts((_, index) => ({ label: index % 2 === 0 ? "positive" : "negative" }))],
  ["confidence", withTexts(({ score }, index) => ({ score: index % 2 === 0 ? 0.55 : score }))],
  [
    "input_characters",
    withTexts(({ characters }, index) => ({ characters: index % 2 === 0 ? 700 : characters })),
  ],
];
for (const [shifted, population] of shifts)
  test(`a shift of ${shifted} is drift of it, and of nothing else`, async (t) => {
    const found = await psi(t, usual, population, 600);
    for (const [feature, value] of found) {
      if (feature === shifted) assert.ok(value > DRIFT, `${feature} ${value}`);
      else assert.ok(near(value), `${feature} ${value}`);
    }
    assert.equal(found.size, 3);
  });

test("a label that the baseline never had is drift, not an infinity", async (t) => {
  const found = await psi(
    t,
    usual,
    withTexts((_, index) => (index % 3 === 0 ? { label: "neutral" } : {})),
    600,
  );
  const value = found.get("label") ?? Number.NaN;
  assert.ok(Number.isFinite(value) && value > DRIFT, String(value));
});

test("under Prometheus 3, which writes le as a decimal fraction, it is the same", async (t) => {
  const normalized = (sample: Sample) => writeSeries(sample).replace(/\ble="(-?\d+)"/, 'le="$1.0"');
  const [, population] = shifts[2] ?? assert.fail("no shift of lengths");
  const found = await psi(t, usual, population, 600, normalized);
  assert.deepEqual(found, await psi(t, usual, population, 600));
});

test("a regression's numbers are compared, and it has no labels to compare", async (t) => {
  const same = await psi(t, ratings, ratings, 600);
  assert.deepEqual(new Set(same.keys()), new Set(["regression_score", "input_characters"]));
  assert.ok(near(same.get("regression_score")));
  const better = { ...ratings, text: (index: number) => ({ ...ratings.text(index), score: 4.6 }) };
  assert.ok(((await psi(t, ratings, better, 600)).get("regression_score") ?? 0) > DRIFT);
});

test("without traffic there is no index", async (t) => {
  assert.equal((await psi(t, usual, usual, 0)).size, 0);
});

test("the index is the textbook's: half and half turned to six and four tenths is 0.0405", async (t) => {
  const split = (share: number) =>
    withTexts((_, index) => ({ label: index % 10 < share * 10 ? "positive" : "negative" }));
  const two = (population: Population): Population => ({ ...population, labels: ["negative", "positive"] });
  const found = await psi(t, two(split(0.5)), two(split(0.6)), 100_000);
  assert.ok(Math.abs((found.get("label") ?? 0) - 0.0405465) < 0.0005, String(found.get("label")));
});
