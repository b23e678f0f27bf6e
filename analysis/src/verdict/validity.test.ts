import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProcessReading, Sample } from "../evidence/reading.ts";
import { testPlan } from "../evidence/test-counters.ts";
import { metricOf, TestCase } from "./test-case.ts";

const few = (bucket: number) => bucket % 2;
const many = (bucket: number) => 3 + (bucket % 2);

test("a split that is not what the weights say makes the verdict invalid, and it stays so", () => {
  const trial = new TestCase(testPlan());
  for (let bucket = 0; bucket < 100; bucket++) {
    trial.counters.expose("a", bucket, 40 + (bucket % 7));
    trial.counters.expose("b", bucket, 70 + (bucket % 5));
  }
  const failed = trial.look();
  assert.equal(failed.answer, "invalid");
  assert.equal(failed.validity.sampleRatio.check, "failed");
  assert.match(failed.reasons[0] ?? "", /^Sample ratio mismatch/);
  for (let bucket = 0; bucket < 100; bucket++) trial.counters.expose("a", bucket, 30 + (bucket % 5));
  trial.restart();
  const later = trial.look();
  assert.equal(later.answer, "invalid");
  assert.equal(later.validity.sampleRatio.failedAt, failed.at);
});

test("callers of one variant who leave before the answer are found, be it the control's, and those of both are not", () => {
  for (const [lost, check] of [
    [{ a: 0, b: 1 }, "failed"],
    [{ a: 1, b: 0 }, "failed"],
    [{ a: 1, b: 1 }, "ok"],
  ] as const) {
    const trial = new TestCase(testPlan());
    for (let step = 0; step < 12; step++) {
      for (let bucket = 0; bucket < 100; bucket++)
        for (const variant of ["a", "b"] as const) {
          trial.counters.expose(variant, bucket, 9 + ((bucket + step) % 3));
          trial.counters.add("ab_bucket_requests_total", variant, bucket, -lost[variant]);
        }
      trial.look();
    }
    assert.equal(trial.look().validity.sampleRatio.check, check, JSON.stringify(lost));
  }
});

test("a variant whose callers all leave is found", () => {
  const trial = new TestCase(testPlan());
  for (let step = 0; step < 12; step++) {
    for (let bucket = 0; bucket < 100; bucket++) {
      trial.counters.expose("a", bucket, 10);
      trial.counters.expose("b", bucket, 10);
      trial.counters.add("ab_bucket_requests_total", "b", bucket, -10);
    }
    trial.look();
  }
  assert.equal(trial.look().validity.sampleRatio.check, "failed");
});

test("one bucket with more than a tenth of a variant's exposures is a whale, once there are a thousand", () => {
  const trial = new TestCase(testPlan());
  trial.expose(5, { a: few, b: few });
  trial.counters.expose("b", 33, 100);
  assert.equal(trial.look().validity.whale.check, "unknown");
  trial.expose(5, { a: few, b: few });
  trial.counters.expose("b", 33, 100);
  trial.counters.expose("a", 33, 100);
  const verdict = trial.look();
  assert.equal(verdict.answer, "invalid");
  assert.ok(verdict.validity.whale.largestShare > 0.1);
});

test("too many missing steps make the verdict invalid until they are read", () => {
  const trial = new TestCase(testPlan());
  trial.expose(5, { a: few, b: few });
  trial.look(10);
  for (let step = 0; step < 3; step++)
    trial.ledger.take({
      at: (trial.step + step + 1) * trial.plan.stepMs,
      processes: [{ process: "gateway", tier: "gateway", samples: undefined }],
    });
  const at = (trial.step + 3) * trial.plan.stepMs;
  assert.equal(trial.judgement.look(trial.ledger.evidence, at).answer, "invalid");
  trial.step += 3;
  const verdict = trial.look();
  assert.equal(verdict.validity.missing.check, "ok");
  assert.equal(verdict.answer, "not_enough_data");
});

function worker(
  process: string,
  variant: string,
  settings: Readonly<Record<string, string>>,
): ProcessReading {
  const samples: Sample[] = [
    { name: "sentiment_worker_info", labels: { model_version: variant, ...settings }, value: 1 },
    { name: "model_memory_limit_bytes", labels: { model_version: variant }, value: 1e9 },
  ];
  return { process, tier: "worker", samples };
}

test("workers that do not run alike make the verdict invalid, and it says what differs", () => {
  const trial = new TestCase(testPlan());
  const one = worker("w1", "a", { threads: "1", dtype: "fp32" });
  const alike = trial.look(1, [one, worker("w2", "b", { threads: "1", dtype: "quantized" })]);
  assert.equal(alike.validity.comparable.check, "ok");
  assert.deepEqual(alike.validity.comparable.differences, ["dtype: a fp32, b quantized"]);
  const threads = trial.look(1, [one, worker("w2", "b", { threads: "2", dtype: "fp32" })]);
  assert.equal(threads.answer, "invalid");
  assert.deepEqual(threads.validity.comparable.differences, ["threads: a 1, b 2"]);
  const replicas = trial.look(1, [
    one,
    worker("w2", "b", { threads: "1", dtype: "fp32" }),
    worker("w3", "b", { threads: "1", dtype: "fp32" }),
  ]);
  assert.deepEqual(replicas.validity.comparable.differences, ["replicas: a 1, b 2"]);
  const foreign = trial.look(1, [one]);
  assert.equal(foreign.validity.comparable.check, "unknown");
});

test("while the comparison is invalid the primary metric waits, and guardrails do not", () => {
  const guardrails = [{ metric: "error_ratio" as const, direction: "decrease" as const, margin: 0 }];
  const trial = new TestCase(testPlan({ guardrails }));
  const workers = [worker("w1", "a", { threads: "1" }), worker("w2", "b", { threads: "2" })];
  for (let step = 0; step < 12; step++) {
    trial.expose(20, { a: few, b: many });
    trial.look(1, workers);
  }
  const verdict = trial.look(1, workers);
  assert.equal(verdict.answer, "invalid");
  assert.equal(metricOf(verdict).decision, "open");
  assert.equal(metricOf(verdict, "guardrail").decision, "breached");
  assert.equal(verdict.stopped.length, 1);
});

test("failures alone decide nothing about shares of right answers", () => {
  const trial = new TestCase(testPlan({ metric: "correct_ratio", direction: "increase" }));
  for (let step = 0; step < 12; step++) {
    trial.expose(20, { a: few, b: few });
    for (let bucket = 0; bucket < 100; bucket++) {
      trial.counters.outcome("a", bucket, "incorrect", 1 + few(bucket));
      trial.counters.outcome("b", bucket, "incorrect", 5);
    }
    trial.look();
  }
  const verdict = trial.look();
  assert.equal(verdict.validity.incorrectOnly, true);
  assert.equal(verdict.answer, "not_enough_data");
  assert.ok(verdict.reasons.some((reason) => reason.startsWith("Only failures")));
});

test("shares of known truth that differ are said, and keep accuracy undecided", () => {
  const trial = new TestCase(testPlan({ metric: "accuracy", direction: "increase" }));
  for (let step = 0; step < 12; step++) {
    trial.expose(20, { a: few, b: few });
    for (let bucket = 0; bucket < 100; bucket++) {
      trial.counters.truth(
        "a",
        bucket,
        "positive",
        bucket % 3 === 0 ? "negative" : "positive",
        8 + few(bucket),
      );
      trial.counters.truth("b", bucket, "positive", "positive", 4);
      trial.counters.add("ab_bucket_predictions_total", "b", bucket, 4, { predicted_label: "positive" });
    }
    trial.look();
  }
  const verdict = trial.look();
  assert.equal(verdict.validity.coverage.check, "failed");
  assert.ok(Math.abs((verdict.validity.coverage.difference?.value ?? 0) - -0.5) < 1e-9);
  assert.equal(metricOf(verdict).decision, "open");
});

test("contaminated requests are shown as a share of the exposures", () => {
  const trial = new TestCase(testPlan());
  trial.expose(5, { a: few, b: few });
  trial.counters.total("ab_contaminated_requests_total", 50, { model_version: "b" });
  assert.deepEqual(trial.look().validity.contamination, { requests: 50, share: 0.05 });
});

test("a small treatment without any busy user is no mismatch: what its weight lets happen by chance counts", () => {
  const trial = new TestCase(testPlan());
  trial.counters.labels = { experiment: "e", phase: "2", stratum: "95/5" };
  for (let bucket = 0; bucket < 100; bucket++) {
    // Thirty users of 160 requests each, all of them in the control, as in a fifth of such experiments.
    trial.counters.expose("a", bucket, 38 + (bucket % 10 < 3 ? 160 : 0));
    trial.counters.expose("b", bucket, 2);
  }
  const { sampleRatio } = trial.look().validity;
  assert.equal(sampleRatio.check, "ok", `${sampleRatio.logLikelihoodRatio}`);
});
