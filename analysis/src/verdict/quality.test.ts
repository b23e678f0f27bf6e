import assert from "node:assert/strict";
import { test } from "node:test";
import { testPlan } from "../evidence/test-counters.ts";
import { agreementsOf } from "./agreements.ts";
import { costOf } from "./costs.ts";
import { daysLeftOf } from "./days-left.ts";
import { TestCase } from "./test-case.ts";

/** Truth, prediction, how often. */
const ANSWERS = [
  ["negative", "negative", 30],
  ["negative", "positive", 10],
  ["neutral", "neutral", 5],
  ["neutral", "negative", 12],
  ["positive", "positive", 33],
  ["positive", "neutral", 6],
] as const;

function trialWith(neutral: "own-class" | "drop" | "to-negative"): TestCase {
  const trial = new TestCase(testPlan({ neutral }));
  for (const [truth, predicted, count] of ANSWERS)
    for (let one = 0; one < count; one++) trial.counters.truth("b", (one * 7) % 100, truth, predicted);
  // Truth of these is not known.
  trial.counters.add("ab_bucket_predictions_total", "b", 3, 4, { predicted_label: "negative" });
  return trial;
}

test("accuracy, macro recall, confusion and kappa are those of the counts", () => {
  const found = trialWith("own-class").look().variants[1];
  const quality = found?.classification;
  assert.ok(quality);
  assert.deepEqual(quality.labels, ["negative", "neutral", "positive"]);
  assert.deepEqual(quality.confusion, [
    [30, 0, 10],
    [12, 5, 0],
    [0, 6, 33],
  ]);
  assert.equal(quality.count, 96);
  assert.ok(Math.abs(quality.accuracy.value - 68 / 96) < 1e-12);
  assert.ok(Math.abs(quality.macroRecall.value - (30 / 40 + 5 / 17 + 33 / 39) / 3) < 1e-12);
  assert.ok(quality.accuracy.low < quality.accuracy.value && quality.accuracy.value < quality.accuracy.high);
  assert.ok(Math.abs((quality.classes[1]?.precision?.value ?? 0) - 5 / 11) < 1e-12);
  // (68/96 − chance) / (1 − chance), chance from the margins.
  const chance = (40 * 42 + 17 * 11 + 39 * 43) / 96 ** 2;
  assert.ok(Math.abs((quality.kappa ?? 0) - (68 / 96 - chance) / (1 - chance)) < 1e-12);
  assert.ok(Math.abs((found?.coverage?.value ?? 0) - 96 / 100) < 1e-12);
  const reweighted = (46 * (30 / 42) + 11 * (5 / 11) + 43 * (33 / 43)) / 100;
  assert.ok(Math.abs((quality.reweightedAccuracy ?? 0) - reweighted) < 1e-12);
  assert.deepEqual(quality.worstCase, { low: 0.68, high: 0.72 });
});

test("the rule for neutral changes the classes, never the counts, and its effect is shown", () => {
  const rules = { "own-class": 68 / 96, drop: 63 / 79, "to-negative": (30 + 17 + 33) / 96 };
  for (const rule of ["own-class", "drop", "to-negative"] as const) {
    const quality = trialWith(rule).look().variants[1]?.classification;
    assert.ok(quality);
    assert.ok(Math.abs(quality.accuracy.value - rules[rule]) < 1e-12, rule);
    assert.deepEqual(quality.confusion[1], [12, 5, 0]);
    for (const [name, accuracy] of Object.entries(rules))
      assert.ok(Math.abs((quality.byNeutralRule[name as keyof typeof rules] ?? 0) - accuracy) < 1e-12, name);
  }
});

test("errors of ratings, and the share of their spread that is explained", () => {
  const trial = new TestCase(testPlan());
  const ratings = [
    [4, 3.5],
    [-1, 0],
    [2, 2],
  ] as const;
  for (const [bucket, [truth, said]] of ratings.entries()) {
    trial.counters.outcome("a", bucket, "rating");
    trial.counters.add("ab_bucket_outcome_value_total", "a", bucket, truth + 1, { outcome: "rating" });
    trial.counters.add("ab_bucket_outcome_value_squared_total", "a", bucket, (truth + 1) ** 2, {
      outcome: "rating",
    });
    trial.counters.add("ab_bucket_rating_predictions_total", "a", bucket, 1);
    trial.counters.add("ab_bucket_rating_absolute_error_total", "a", bucket, Math.abs(said - truth));
    trial.counters.add("ab_bucket_rating_squared_error_total", "a", bucket, (said - truth) ** 2);
  }
  const [control, treatment] = trial.look().variants;
  assert.ok(Math.abs((control?.regression?.meanAbsoluteError.value ?? 0) - 0.5) < 1e-12);
  assert.ok(Math.abs((control?.regression?.rootMeanSquaredError.value ?? 0) - Math.sqrt(1.25 / 3)) < 1e-12);
  const spread = (4 - 5 / 3) ** 2 + (-1 - 5 / 3) ** 2 + (2 - 5 / 3) ** 2;
  assert.ok(Math.abs((control?.regression?.r2 ?? 0) - (1 - 1.25 / spread)) < 1e-12);
  assert.equal(treatment?.regression, null);
  assert.equal(treatment?.classification, null);
});

test("agreement of shadow answers, with Cohen's kappa", () => {
  const pair = { primary: "a", shadow: "b" };
  const [found] = agreementsOf([
    { ...pair, label: "yes", shadowLabel: "yes", count: 20 },
    { ...pair, label: "yes", shadowLabel: "no", count: 5 },
    { ...pair, label: "no", shadowLabel: "yes", count: 10 },
    { ...pair, label: "no", shadowLabel: "no", count: 15 },
  ]);
  assert.equal(found?.count, 50);
  assert.equal(found?.agreed, 35);
  assert.ok(Math.abs((found?.kappa ?? 0) - 0.4) < 1e-12);
});

test("costs are of the work since the phase was first seen, quantiles on straight lines within buckets", () => {
  const work = {
    predictions: 100,
    computed: 200,
    inferences: 100,
    inferenceSeconds: 3,
    cpuSeconds: 4,
    latencies: [
      { bound: 0.02, count: 50 },
      { bound: 0.04, count: 50 },
      { bound: Number.POSITIVE_INFINITY, count: 0 },
    ],
  };
  const cost = costOf({ variant: "a", replicas: 1, work, residentBytes: undefined, settings: new Map() });
  assert.equal(cost.meanLatencySeconds, 0.03);
  assert.equal(cost.p50LatencySeconds, 0.02);
  assert.ok(Math.abs((cost.p99LatencySeconds ?? 0) - 0.0396) < 1e-12);
  assert.equal(cost.cpuSecondsPerThousand, 20);
  assert.equal(cost.residentBytes, null);
});

test("days left: until the interval excludes 0 or lies within the margin, and unknown where it never does", () => {
  const pace = { tau: 0.02, alpha: 0.05, variance: 1e-4, elapsedMs: 86_400_000 };
  const apart = daysLeftOf({ ...pace, difference: 0.02, margin: 0.01 });
  const equal = daysLeftOf({ ...pace, difference: 0, margin: 0.01 });
  assert.ok(apart !== null && equal !== null && apart > 0 && apart < equal);
  assert.equal(daysLeftOf({ ...pace, difference: 0, margin: 0 }), null);
  assert.equal(daysLeftOf({ ...pace, variance: 1e-12, difference: 0.02, margin: 0.01 }), 0);
});
