import assert from "node:assert/strict";
import { before, test } from "node:test";
import { assertInstalled } from "./prometheus.ts";
import { type Collected, evaluate, firing, rising } from "./rule-test.ts";

before(assertInstalled);

const file = "rules/experiment.yml";
const minutes = 120;

/** One hour's exposures of a variant, by analysis bucket, and what the weights predict for it. */
function variant(model: string, expected: number, buckets: readonly number[]): Collected {
  const labels = `experiment="e",phase="1",model_version="${model}"`;
  const hourly = (count: number) => rising([count / 60, minutes]);
  return {
    [`ab_expected_assignments_total{${labels}}`]: hourly(expected),
    ...Object.fromEntries(
      buckets.map((count, bucket) => [
        `ab_bucket_requests_total{${labels},bucket="${String(bucket).padStart(2, "0")}"}`,
        hourly(count),
      ]),
    ),
  };
}

const even = (total: number) => Array.from({ length: 20 }, () => total / 20);
function ask(collected: Collected, expression: string): number {
  const found = evaluate({ file, collected, step: "1m", evaluation: "10m" }, expression, "110m");
  assert.equal(found.length, 1, JSON.stringify(found));
  return found[0]?.value ?? Number.NaN;
}

const pins: readonly [
  observed: readonly [number, number],
  expected: readonly [number, number],
  chi2: number,
][] = [
  [[44_000, 45_000], [44_500, 44_500], 11.235955],
  [[821_588, 815_482], [818_535, 818_535], 22.774369],
  [[600, 400], [500, 500], 40],
  [[9_100, 900], [9_000, 1_000], 11.111111],
];
for (const [[a, b], [expectedA, expectedB], chi2] of pins)
  test(`exposures of ${a} and ${b} where ${expectedA} and ${expectedB} are expected have a statistic of ${chi2}`, () => {
    const collected = { ...variant("a", expectedA, even(a)), ...variant("b", expectedB, even(b)) };
    const found = ask(collected, "experiment:ab_srm:chi2_1h");
    assert.ok(Math.abs(found / chi2 - 1) < 1e-6, String(found));
    // Buckets as even as these have less than chance: the correction never makes the statistic larger.
    assert.ok(Math.abs(ask(collected, "experiment:ab_srm:chi2_adjusted_1h") / chi2 - 1) < 1e-6);
  });

test("users who send many requests make the statistic smaller by the dispersion", () => {
  const buckets = [100, 200, 300, 400];
  const collected = { ...variant("a", 1000, buckets), ...variant("b", 1000, buckets.toReversed()) };
  // Sums of 500 in each bucket: no dispersion at all, and never below 1.
  assert.equal(ask(collected, "experiment:ab_requests:dispersion1h"), 1);
  const uneven = { ...variant("a", 1000, buckets), ...variant("b", 1000, buckets) };
  // 200, 400, 600, 800: variance 66,666.67, mean 500.
  const found = ask(uneven, "experiment:ab_requests:dispersion1h");
  assert.ok(Math.abs(found / 133.3333 - 1) < 1e-4, String(found));
});

test("what the weights predict follows them when they change", () => {
  const labels = (model: string) => `{experiment="e",phase="1",model_version="${model}"}`;
  const collected = {
    [`ab_expected_assignments_total${labels("a")}`]: rising([50, 90], [90, 30]),
    [`ab_expected_assignments_total${labels("b")}`]: rising([50, 90], [10, 30]),
  };
  const found = ask(
    collected,
    'experiment_model_version:ab_expected_assignments:increase1h{model_version="a"}',
  );
  assert.equal(Math.round(found), 40 * 50 + 20 * 90);
});

const none = even(0);
const oneUser = [1200, ...even(0).slice(1)];
const cases: readonly [what: string, Collected, expected: string[]][] = [
  [
    "a variant that nobody got an answer of",
    { ...variant("a", 600, even(600)), ...variant("b", 600, none) },
    ["b"],
  ],
  ["both with traffic are quiet", { ...variant("a", 600, even(600)), ...variant("b", 600, even(600)) }, []],
  ["a variant of weight 0 is quiet", { ...variant("a", 1200, even(1200)), ...variant("b", 0, none) }, []],
  [
    "a small weight and little traffic are quiet",
    { ...variant("a", 1188, even(1200)), ...variant("b", 12, none) },
    [],
  ],
  [
    "one user, who can only meet one variant, is quiet",
    { ...variant("a", 600, oneUser), ...variant("b", 600, none) },
    [],
  ],
  ["no traffic at all is quiet", { ...variant("a", 0, none), ...variant("b", 0, none) }, []],
];
for (const [what, collected, expected] of cases)
  test(`VariantWithoutTraffic: ${what}`, () => {
    const alerts = firing({ file, collected, step: "1m" }, "110m");
    assert.deepEqual(
      alerts.map(({ model_version }) => model_version),
      expected,
    );
    assert.ok(alerts.every(({ alertname }) => alertname === "VariantWithoutTraffic"));
  });

test("no alert stands on the statistic of a sliding window", () => {
  const collected = { ...variant("a", 600, even(1100)), ...variant("b", 600, even(100)) };
  assert.deepEqual(firing({ file, collected, step: "1m" }, "110m"), []);
});
