import assert from "node:assert/strict";
import { before, test } from "node:test";
import { type Asked, askPanel, findPanel } from "../dashboards/ask-panel.ts";
import { assertInstalled } from "./prometheus.ts";
import { type Collected, evaluate, rising, standing } from "./rule-test.ts";

before(assertInstalled);

/** Of the dashboards' tests: what `$experiment` is there. */
const EXPERIMENT = "sentiment-blind-test";

const rules = { file: "rules/experiment.yml", step: "1m", evaluation: "10m" };
const minutes = 120;

/** An hour's exposures of each variant where the weights promise others, of users who ask once. */
function exposed(
  variants: readonly (readonly [model: string, observed: number, expected: number])[],
): Collected {
  return Object.fromEntries(
    variants.flatMap(([model, observed, expected]) => {
      const labels = `experiment="${EXPERIMENT}",phase="1",model_version="${model}"`;
      return [
        [`ab_expected_assignments_total{${labels}}`, rising([expected / 60, minutes])],
        [`ab_bucket_requests_total{${labels},bucket="00"}`, rising([observed / 120, minutes])],
        [`ab_bucket_requests_total{${labels},bucket="01"}`, rising([observed / 120, minutes])],
      ];
    }),
  );
}

const names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"];
const evenly = (count: number, expected: number) =>
  names.slice(0, count).map((name) => [name, expected, expected] as const);

/** (k - 1) · F(k - 1, 99) at 0.95 and 0.999, by scipy 1.17.1 in full. */
const points: readonly (readonly [variants: number, unusual: number, broken: number])[] = [
  [2, 3.937116910962895, 11.502467827537005],
  [3, 6.176479251361555, 14.82594254437584],
  [4, 8.089406989997288, 17.58425618960936],
  [5, 9.854201628737998, 20.083600570826153],
  [6, 11.53129540314556, 22.42767096228716],
  [7, 13.149296905633772, 24.66600865541085],
  [8, 14.724295387767736, 26.826745721994136],
  [9, 16.266356995158706, 28.927636424462364],
  [10, 17.782254660939056, 30.980717208019204],
];
for (const [count, unusual, broken] of points)
  test(`of ${count} variants the sample ratio is unusual from ${unusual.toFixed(2)} and broken from ${broken.toFixed(2)}`, () => {
    const situation = { ...rules, collected: exposed(evenly(count, 600)) };
    const found = evaluate(situation, "experiment:ab_srm:critical_1h", "110m");
    const byQuantile = Object.fromEntries(found.map(({ labels, value }) => [labels.quantile, value]));
    assert.deepEqual(new Set(Object.keys(byQuantile)), new Set(["0.95", "0.999"]));
    for (const [quantile, point] of [
      ["0.95", unusual],
      ["0.999", broken],
    ] as const)
      assert.ok(Math.abs((byQuantile[quantile] ?? 0) / point - 1) < 5e-4, JSON.stringify(byQuantile));
  });

test("of more variants than the points are known for, none is said", () => {
  const situation = { ...rules, collected: exposed(evenly(11, 600)) };
  assert.deepEqual(evaluate(situation, "experiment:ab_srm:critical_1h", "110m"), []);
});

/** The one query of the panel that gives something, and what. */
function readSampleRatio(collected: Collected): readonly (readonly [query: string, value: number])[] {
  const panel = findPanel("Sample ratio");
  return (panel.targets ?? []).flatMap(({ refId }) =>
    askPanel({ ...rules, collected }, panel, { id: refId, at: "110m" }).map(
      ({ value }) => [refId, Math.round(100 * value) / 100] as const,
    ),
  );
}

/** Even exposures, but for as many that the first has more of and the second less. */
const shifted = (count: number, expected: number, by: number) => [
  ["a", expected + by, expected] as const,
  ["b", expected - by, expected] as const,
  ...evenly(count, expected).slice(2),
];
for (const [what, variants, expected] of [
  ["two variants are as the weights say", shifted(2, 1000, 40), ["expected", 3.2]],
  ["two variants are unusual", shifted(2, 1000, 50), ["unusual", 5]],
  ["two variants are broken at a statistic of 12.8", shifted(2, 1000, 80), ["broken", 12.8]],
  ["three variants are as the weights say at one of 5", shifted(3, 1000, 50), ["expected", 5]],
  ["three variants are only unusual at one of 12.8", shifted(3, 1000, 80), ["unusual", 12.8]],
  ["three variants are broken at one of 16.2", shifted(3, 1000, 90), ["broken", 16.2]],
  ["of fifty expected exposures something is said", shifted(2, 51, 0), ["expected", 0]],
  ["of fewer nothing is said but how few, however uneven they are", shifted(2, 48, 48), ["few", 48]],
  ["a variant without weight is none", [...shifted(2, 1000, 80), ["c", 0, 0] as const], ["broken", 12.8]],
] as const)
  test(`sample ratio: ${what}`, () => {
    assert.deepEqual(readSampleRatio(exposed(variants)), [expected]);
  });

test("the split is the experiment's: forced and direct requests, and which models are chosen, do not move it", () => {
  const panel = findPanel("Traffic split");
  const steps = 240;
  const collected = {
    ...Object.fromEntries(
      [
        ["distilbert", 90],
        ["roberta", 10],
      ].flatMap(([model, share]) => [
        [
          `ab_bucket_requests_total{experiment="${EXPERIMENT}",phase="1",model_version="${model}",bucket="00"}`,
          rising([Number(share), steps]),
        ],
        // Testers force the treatment, and somebody asks its worker directly.
        [
          `sentiment_requests_total{model_version="${model}",status="200",sentiment_label="positive"}`,
          rising([100, steps]),
        ],
      ]),
    ),
    'ab_bucket_requests_total{experiment="other",phase="1",model_version="roberta",bucket="00"}': rising([
      500,
      steps,
    ]),
    'ab_variant_info{model_version="distilbert",role="control"}': standing([1, steps]),
  };
  const situation = { ...rules, collected, step: "5s", evaluation: "1m" };
  const share = (id: string, models: readonly string[]) =>
    askPanel(situation, panel, { id, at: "15m", models }).map(({ labels, value }) => [
      labels.model_version,
      Math.round(1e6 * value) / 1e6,
    ]);
  for (const models of [["distilbert", "roberta"], ["roberta"]]) {
    assert.deepEqual(share("control", models), [["distilbert", 0.9]]);
    assert.deepEqual(share("treatment", models), [["roberta", 0.1]]);
  }
});

/** One scrape. */
const SCRAPE_SECONDS = 5;
const scrapes = (seconds: number) => seconds / SCRAPE_SECONDS;

/** A worker that ends after so many seconds, is away for 20 s and loads its model for 45 s, in which it says no model_info. */
function restartedWorker(endedSeconds: number): Collected {
  const worker = 'job="sentiment-worker",instance="w:1"';
  const down = `stale _x${scrapes(20) - 1}`;
  const loading = `_x${scrapes(45)}`;
  const [until, since] = [scrapes(endedSeconds), 2 * scrapes(3600)];
  return {
    [`process_start_time_seconds{${worker}}`]: `1000+0x${until - 1} ${down} 5000+0x${since}`,
    [`model_info{${worker},model_version="roberta",revision="0"}`]: `1+0x${until - 1} ${down} ${loading} 1+0x${since}`,
    'process_start_time_seconds{job="sentiment-worker",instance="w:2"}': `1000+0x${3 * since}`,
    'model_info{job="sentiment-worker",instance="w:2",model_version="distilbert",revision="0"}': `1+0x${3 * since}`,
    'ab_variant_info{model_version="distilbert",role="control"}': `1+0x${3 * since}`,
  };
}

/** The largest value that Grafana would draw, asking every `step` until `at`, by model. */
function most(collected: Collected, title: string, asked: Asked & { readonly step: string }) {
  const around = (expr: string) => `max_over_time((${expr})[${asked.at}:${asked.step}])`;
  const situation = { file: "rules/experiment.yml", collected, step: "5s", evaluation: "30m" };
  return askPanel(situation, findPanel(title), { ...asked, around }).map(
    ({ labels, value }): readonly [string | undefined, number] => [labels.model_version, value],
  );
}

for (const [step, positions, at] of [
  ["1m", 12, "60m"],
  ["30m", 6, "120m"],
] as const)
  test(`a restart is seen wherever it lies in a step of ${step}, once, and by no other model`, () => {
    const stepSeconds = 60 * Number.parseInt(step, 10);
    for (let position = 0; position < positions; position++) {
      const ended =
        1800 + SCRAPE_SECONDS * Math.floor(((position / positions) * stepSeconds) / SCRAPE_SECONDS);
      const collected = restartedWorker(ended);
      const of = (id: string) => most(collected, "Restarts", { id, at, step });
      assert.deepEqual(of("treatment"), [["roberta", 1]], `ended at ${ended} s`);
      assert.deepEqual(of("control"), [["distilbert", 0]], `ended at ${ended} s`);
    }
  });

test("while a restarted worker loads its model the restart is there already", () => {
  const situation = { ...rules, collected: restartedWorker(1500), step: "5s", evaluation: "1m" };
  const panel = findPanel("Restarts");
  const now = (at: string) => askPanel(situation, panel, { id: "treatment", at }).map(({ value }) => value);
  assert.deepEqual(now("25m"), [0]);
  assert.deepEqual(now("26m"), [1]);
  assert.deepEqual(now("45m"), [0]);
});

test("an instance that now serves another model does not empty the panel", () => {
  const steps = 2 * scrapes(1800);
  const worker = 'job="sentiment-worker",instance="w:1"';
  const collected = {
    [`process_start_time_seconds{${worker}}`]: standing([1000, steps / 2], [2000, steps / 2]),
    [`model_info{${worker},model_version="old",revision="0"}`]: `${standing([1, steps / 2])} stale`,
    [`model_info{${worker},model_version="new",revision="0"}`]: `_x${steps / 2} ${standing([1, steps / 2])}`,
  };
  const situation = { ...rules, collected, step: "5s", evaluation: "5m" };
  const models = ["old", "new"];
  const found = askPanel(situation, findPanel("Restarts"), { id: "treatment", at: "35m", models });
  assert.deepEqual(found.map(({ labels, value }) => [labels.model_version, value]).sort(), [
    ["new", 1],
    ["old", 1],
  ]);
});

test("an event lies in exactly one step, also between the last scrape of one and the first of the next", () => {
  const panel = findPanel("Texts cut short or empty");
  for (let position = 0; position < 12; position++) {
    const collected = {
      'sentiment_truncated_inputs_total{model_version="roberta"}': standing(
        [0, scrapes(600) + position],
        [1, scrapes(900)],
      ),
    };
    const around = (expr: string) => `count_over_time(((${expr}) > 0)[20m:1m])`;
    const situation = { ...rules, collected, step: "5s", evaluation: "10m" };
    // Scraped two seconds after each full step.
    const shifted = (expr: string) => around(expr).replaceAll(/\[\d+s\]/g, "$& offset -2s");
    const found = askPanel(situation, panel, { id: "cut_treatment", at: "20m", around: shifted });
    assert.deepEqual(
      found.map(({ value }) => value),
      [1],
      `${position} scrapes into the step`,
    );
  }
});

for (const [ratio, query, legend] of [
  [0.15, "slower", "{{model_version}} is slower by"],
  [-0.15, "faster", "{{model_version}} is faster by"],
] as const)
  test(`a treatment of ${ratio} is ${query} by 15 %, and never "slower by -15 %"`, () => {
    const panel = findPanel("Who is slower");
    const series = 'model_version:sentiment_inference_seconds:slower_ratio5m{model_version="roberta"}';
    // Not a file that records the series itself.
    const situation = { ...rules, collected: { [series]: standing([ratio, 10]) } };
    const told = (panel.targets ?? []).flatMap(({ refId, legendFormat }) =>
      askPanel(situation, panel, { id: refId, at: "5m" }).map(({ value }) => [refId, legendFormat, value]),
    );
    assert.deepEqual(told, [[query, legend, 0.15]]);
  });
