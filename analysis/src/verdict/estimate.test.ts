import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Ledger } from "../evidence/ledger.ts";
import { readingOf, TestCounters, testPlan } from "../evidence/test-counters.ts";
import { measureClassification } from "../statistics/classification.ts";
import { clusteredVariance } from "../statistics/clustered-variance.ts";
import { jackknife } from "../statistics/jackknife.ts";
import { estimateDifference, estimateValue } from "./estimate.ts";
import { measureOf } from "./measure.ts";
import { tableOf } from "./table.ts";

const PAIR = { treatment: 1, control: 0 };

function tableFrom(counters: TestCounters, plan = testPlan()) {
  const ledger = new Ledger(plan);
  ledger.take(readingOf(1, counters.samples()));
  return tableOf(ledger.evidence.account, plan.variants.length);
}

test("the clustered variance is the jackknife's of the pinned fixture", () => {
  const counters = new TestCounters();
  const exposures = { a: [2, 3, 4, 1], b: [3, 2, 2, 3] };
  const errors = { a: [12, 36, 24, 12], b: [72, 36, 24, 60] };
  for (const variant of ["a", "b"] as const)
    for (let bucket = 0; bucket < 4; bucket++)
      counters.expose(variant, bucket, (exposures[variant][bucket] ?? 0) * 120, errors[variant][bucket]);
  const table = tableFrom(counters);
  const found = estimateDifference(table, PAIR, measureOf("error_ratio", table.space));
  assert.ok(found);
  assert.ok(Math.abs(found.value - 0.09) < 1e-12);
  assert.ok(Math.abs(found.clustered - 5.4282e-4) < 5e-9, `${found.clustered}`);
  assert.equal(found.buckets, 4);
});

test("a variant that got its traffic when everybody failed less is no better: strata tell them apart", () => {
  const counters = new TestCounters();
  for (const [stratum, a, b, share] of [
    ["90/10", 90, 10, 0.2],
    ["10/90", 10, 90, 0.1],
  ] as const) {
    counters.labels = { experiment: "e", phase: "2", stratum };
    for (let bucket = 0; bucket < 100; bucket++) {
      counters.expose("a", bucket, a, a * share);
      counters.expose("b", bucket, b, b * share);
    }
  }
  const table = tableFrom(counters);
  const found = estimateDifference(table, PAIR, measureOf("error_ratio", table.space));
  assert.ok(found);
  assert.ok(Math.abs(found.value) < 1e-12);
  assert.ok(Math.abs(found.pooled - -0.08) < 1e-12, `${found.pooled}`);
  assert.ok(Math.abs(found.treatment - found.control) < 1e-12);
});

test("a bucket's scores are added up over the strata before they are squared", () => {
  // The same users in both strata: twice the data, and no more users.
  const once = new TestCounters();
  const twice = new TestCounters();
  for (let bucket = 0; bucket < 100; bucket++)
    for (const variant of ["a", "b"]) {
      const errors = (bucket * (variant === "a" ? 7 : 3)) % 5;
      once.expose(variant, bucket, 10, errors);
      for (const stratum of ["50/50", "49/51"]) {
        twice.labels = { experiment: "e", phase: "2", stratum };
        twice.expose(variant, bucket, 10, errors);
      }
    }
  const [single, double] = [once, twice].map((counters) => {
    const table = tableFrom(counters);
    return estimateDifference(table, PAIR, measureOf("error_ratio", table.space));
  });
  assert.ok(Math.abs((single?.clustered ?? 0) - (double?.clustered ?? 1)) < 1e-15);
});

const matrix = fc.array(fc.array(fc.integer({ min: 3, max: 12 }), { minLength: 9, maxLength: 9 }), {
  minLength: 40,
  maxLength: 60,
});
const LABELS = ["negative", "neutral", "positive"];

test("variances of accuracy, macro recall and macro F1 are the jackknife's, and the linearised ones are near", () => {
  fc.assert(
    fc.property(matrix, (buckets) => {
      const counters = new TestCounters();
      const tables = buckets.map((cells) =>
        LABELS.map((_, row) => LABELS.map((__, column) => cells[row * 3 + column] ?? 0)),
      );
      for (const [bucket, rows] of tables.entries())
        for (const [row, truth] of LABELS.entries())
          for (const [column, predicted] of LABELS.entries())
            counters.truth("a", bucket, truth, predicted, rows[row]?.[column] ?? 0);
      const table = tableFrom(counters);
      for (const [metric, field] of [
        ["accuracy", "accuracy"],
        ["macro_recall", "macroRecall"],
        ["macro_f1", "macroF1"],
      ] as const) {
        const found = estimateValue(table, 0, measureOf(metric, table.space));
        const reference = jackknife(tables, (total) => measureClassification(total)[field]);
        assert.ok(found && reference);
        assert.ok(Math.abs(found.value - reference.value) < 1e-12, `${metric} ${found.value}`);
        const off = found.clustered / reference.variance - 1;
        assert.ok(
          Math.abs(off) < 1e-9,
          `${metric}: variance ${found.clustered}, jackknife ${reference.variance}`,
        );
        const { gradient } =
          measureOf(metric, table.space).measure(table.pooled[0]?.totals ?? new Float64Array()) ?? {};
        assert.ok(gradient);
        const rows = table.pooled[0]?.rows ?? new Float64Array();
        const scores = tables.map((_, bucket) =>
          gradient.reduce((sum, slope, at) => sum + slope * (rows[bucket * gradient.length + at] ?? 0), 0),
        );
        assert.ok(Math.abs(clusteredVariance(scores) / reference.variance - 1) < 0.2, metric);
      }
    }),
    { numRuns: 25 },
  );
});

test("ratings below 0 are themselves again: sums hold what is above the least", () => {
  const plan = testPlan({ metric: "rating" });
  const counters = new TestCounters();
  for (let bucket = 0; bucket < 100; bucket++)
    for (const [variant, value] of [
      ["a", -1],
      ["b", 2 + (bucket % 3)],
    ] as const) {
      counters.outcome(variant, bucket, "rating");
      counters.add("ab_bucket_outcome_value_total", variant, bucket, value + 1, { outcome: "rating" });
    }
  const table = tableFrom(counters, plan);
  const found = estimateDifference(table, PAIR, measureOf("rating", table.space));
  assert.ok(Math.abs((found?.control ?? 0) - -1) < 1e-12);
  assert.ok(Math.abs((found?.treatment ?? 0) - 2.99) < 1e-12);
});
