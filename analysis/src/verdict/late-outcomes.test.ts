import assert from "node:assert/strict";
import { test } from "node:test";
import { testPlan } from "../evidence/test-counters.ts";
import { metricOf, TestCase } from "./test-case.ts";

const none = () => 0;

test("one request in a stratum of its own does not silence what the others say", () => {
  const guardrails = [{ metric: "error_ratio", direction: "decrease", margin: 0.01 }] as const;
  const trial = new TestCase(testPlan({ guardrails }));
  trial.counters.labels = { experiment: "e", phase: "2", stratum: "99/1" };
  for (let bucket = 0; bucket < 100; bucket++) trial.counters.expose("a", bucket, 20);
  trial.counters.expose("b", 7, 1);
  trial.look();
  trial.counters.labels = { experiment: "e", phase: "2", stratum: "50/50" };
  for (let step = 0; step < 20; step++) {
    trial.expose(20, { a: none, b: (bucket) => 2 + (bucket % 3) });
    trial.look();
  }
  assert.equal(metricOf(trial.look(), "guardrail").decision, "breached");
});

test("conversions that one file reports for a whole week decide as those that come one by one", () => {
  const plan = () => testPlan({ metric: "conversion", direction: "increase" });
  const report = (trial: TestCase, share: number) => {
    for (let bucket = 0; bucket < 100; bucket++) {
      trial.counters.outcome("a", bucket, "converted", share * (60 + (bucket % 3)));
      trial.counters.outcome("b", bucket, "converted", share * (100 + (bucket % 5)));
    }
  };
  const [atOnce, steadily] = [new TestCase(plan()), new TestCase(plan())];
  for (let step = 0; step < 20; step++) {
    for (const trial of [atOnce, steadily]) trial.expose(10, { a: none, b: none });
    report(steadily, 1 / 20);
    for (const trial of [atOnce, steadily]) trial.look();
  }
  report(atOnce, 1);
  const found = [atOnce, steadily].map((trial) => metricOf(trial.look()));
  assert.deepEqual(
    found.map(({ decision }) => decision),
    ["better", "better"],
  );
  assert.ok(Math.abs((found[0]?.difference?.low ?? 0) - (found[1]?.difference?.low ?? 1)) < 1e-9);
});

test("truth that is known for more answers of one variant is noticed, however it was reported", () => {
  const trial = new TestCase(testPlan({ metric: "accuracy", direction: "increase" }));
  for (let step = 0; step < 12; step++) {
    trial.expose(20, { a: none, b: none });
    trial.look();
  }
  for (let bucket = 0; bucket < 100; bucket++) {
    trial.counters.truth("a", bucket, "positive", "positive", 90);
    trial.counters.truth("b", bucket, "positive", "positive", 30);
    trial.counters.add("ab_bucket_predictions_total", "a", bucket, 10, { predicted_label: "positive" });
    trial.counters.add("ab_bucket_predictions_total", "b", bucket, 70, { predicted_label: "positive" });
  }
  const { validity } = trial.look();
  assert.equal(validity.coverage.check, "failed");
  assert.ok((validity.coverage.difference?.low ?? -2) >= -1);
});

test("where the truth of every answer is known, nothing is missing", () => {
  const trial = new TestCase(testPlan({ metric: "accuracy", direction: "increase" }));
  trial.expose(20, { a: none, b: none });
  for (let bucket = 0; bucket < 100; bucket++)
    for (const variant of ["a", "b"]) trial.counters.truth(variant, bucket, "positive", "positive", 5);
  const { validity, variants } = trial.look();
  assert.equal(validity.coverage.check, "ok");
  assert.equal(validity.coverage.difference?.value, 0);
  for (const { classification } of variants)
    assert.ok(
      classification !== null && classification.accuracy.high <= 1 && classification.accuracy.low >= 0,
    );
});
