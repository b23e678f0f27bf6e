import assert from "node:assert/strict";
import { test } from "node:test";
import { STEP_MS, testPlan } from "../evidence/test-counters.ts";
import { createJudgement, restoreJudgement } from "./judgement.ts";
import { metricOf, TestCase } from "./test-case.ts";

/** Buckets differ a little, as users do. */
const few = (bucket: number) => bucket % 2;
const many = (bucket: number) => 3 + (bucket % 2);

test("without exposures there is nothing to say", () => {
  const verdict = new TestCase(testPlan()).look();
  assert.equal(verdict.answer, "not_enough_data");
  assert.equal(verdict.since, null);
  assert.equal(verdict.daysLeft, null);
  assert.equal(metricOf(verdict).difference, null);
  assert.match(verdict.headline, /^Not enough data to decide on the error ratio/);
});

test("a treatment with more errors is worse, and one with fewer is better", () => {
  for (const [a, b, answer] of [
    [few, many, "worse"],
    [many, few, "better"],
  ] as const) {
    const trial = new TestCase(testPlan());
    for (let step = 0; step < 12; step++) {
      trial.expose(20, { a, b });
      trial.look();
    }
    const verdict = trial.look();
    assert.equal(verdict.answer, answer);
    assert.equal(verdict.treatment, "b");
    assert.equal(verdict.headline, `b is ${answer} than a in the error ratio.`);
  }
});

test("a decision stays, whatever comes after it, and over a restart of the judge", () => {
  const trial = new TestCase(testPlan());
  for (let step = 0; step < 12; step++) {
    trial.expose(20, { a: few, b: many });
    trial.look();
  }
  const decided = trial.look();
  assert.equal(decided.answer, "worse");
  trial.restart();
  for (let step = 0; step < 60; step++) {
    trial.expose(20, { a: many, b: few });
    trial.look();
  }
  const later = trial.look();
  assert.equal(later.answer, "worse");
  assert.equal(later.decidedAt, decided.decidedAt);
  assert.equal(later.looks, trial.step);
  assert.ok((metricOf(later).difference?.value ?? 0) < 0);
});

test("nothing is decided before ten blocks, however large the difference", () => {
  const trial = new TestCase(testPlan());
  for (let step = 1; step <= 10; step++) {
    trial.expose(20, { a: few, b: many });
    const { answer } = trial.look();
    assert.equal(answer, step < 10 ? "not_enough_data" : "worse", `step ${step}`);
  }
});

test("nothing is said of fewer than twenty buckets, and nothing decided of fewer than twenty errors", () => {
  const narrow = new TestCase(testPlan());
  const rare = new TestCase(testPlan());
  for (let step = 0; step < 20; step++) {
    for (let bucket = 0; bucket < 19; bucket++)
      for (const variant of ["a", "b"]) narrow.counters.expose(variant, bucket, 20, variant === "b" ? 19 : 1);
    narrow.look();
    rare.expose(1, { a: () => 0, b: () => 0 });
    if (step < 19) rare.counters.expose("b", step, 1, 1);
    rare.look();
  }
  assert.equal(metricOf(narrow.look()).difference, null);
  const verdict = metricOf(rare.look());
  assert.notEqual(verdict.difference, null);
  assert.equal(verdict.decision, "open");
});

test("a burst of errors in one block decides nothing, be it ever so large", () => {
  const trial = new TestCase(
    testPlan({ margin: 0, guardrails: [{ metric: "error_ratio", direction: "decrease", margin: 0 }] }),
  );
  for (let step = 0; step < 40; step++) {
    const isBurst = step === 15;
    trial.expose(20, { a: few, b: isBurst ? () => 18 : few });
    const { answer } = trial.look();
    assert.equal(answer, "not_enough_data", `step ${step}`);
  }
  const { standardErrors } = metricOf(trial.look());
  assert.ok((standardErrors?.block ?? 0) > 3 * (standardErrors?.clustered ?? 0));
});

test("variants that do not differ beyond the margin are said so", () => {
  const trial = new TestCase(testPlan());
  for (let step = 0; step < 90; step++) {
    trial.expose(200, { a: few, b: (bucket) => (bucket + 1) % 2 });
    trial.look();
  }
  const verdict = trial.look();
  assert.equal(verdict.answer, "no_difference");
  assert.equal(verdict.headline, "No difference in the error ratio beyond the margin of 1 pp.");
});

test("after the horizon nothing is decided any more", () => {
  const trial = new TestCase(testPlan({ horizonMs: 20 * STEP_MS, margin: 0 }));
  for (let step = 0; step < 21; step++) {
    trial.expose(20, { a: few, b: few });
    trial.look();
  }
  for (let step = 0; step < 60; step++) {
    trial.expose(20, { a: few, b: many });
    trial.look();
  }
  const verdict = trial.look();
  assert.equal(verdict.answer, "not_enough_data");
  assert.match(verdict.headline, /the horizon is over/);
  assert.equal(verdict.endsAt, 20 * STEP_MS);
});

test("a metric of truth is not decided before the first truth had its time", () => {
  const trial = new TestCase(
    testPlan({ metric: "conversion", direction: "increase", maturityMs: 15 * STEP_MS }),
  );
  for (let step = 1; step <= 16; step++) {
    trial.expose(20, { a: few, b: few });
    for (let bucket = 0; bucket < 100; bucket++) {
      trial.counters.outcome("a", bucket, "converted", few(bucket));
      trial.counters.outcome("b", bucket, "converted", many(bucket));
    }
    assert.equal(trial.look().answer, step < 15 ? "not_enough_data" : "better", `step ${step}`);
  }
});

test("of planned looks only those at their moments decide", () => {
  const trial = new TestCase(testPlan({ horizonMs: 60 * STEP_MS, margin: 0, plannedLooks: 3 }));
  for (let step = 1; step <= 41; step++) {
    trial.expose(20, { a: few, b: step < 3 ? few : (bucket) => few(bucket) + (step > 21 ? 3 : 0) });
    const { answer } = trial.look();
    assert.equal(answer, step < 40 ? "not_enough_data" : "worse", `step ${step}`);
  }
});

test("a planned look that the judge slept through is taken when it wakes", () => {
  const trial = new TestCase(testPlan({ horizonMs: 60 * STEP_MS, margin: 0, plannedLooks: 3 }));
  for (let step = 1; step <= 15; step++) {
    trial.expose(20, { a: few, b: many });
    trial.look();
  }
  trial.step = 29;
  assert.equal(trial.look().answer, "worse");
});

test("a breached guardrail stops its treatment, once, and outlives a restart", () => {
  const trial = new TestCase(
    testPlan({
      metric: "conversion",
      direction: "increase",
      guardrails: [{ metric: "error_ratio", direction: "decrease", margin: 0.005 }],
    }),
  );
  for (let step = 0; step < 15; step++) {
    trial.expose(20, { a: few, b: many });
    trial.look();
  }
  const verdict = trial.look();
  assert.equal(verdict.answer, "guardrail_breached");
  assert.equal(verdict.headline, "b breached the guardrail on the error ratio.");
  assert.deepEqual(verdict.stopped, [
    { treatment: "b", at: metricOf(verdict, "guardrail").decidedAt, metric: "error_ratio" },
  ]);
  trial.restart();
  assert.deepEqual(trial.look().stopped, verdict.stopped);
});

test("what begins late is found in its own epoch, undiluted by what was before", () => {
  const guardrails = [{ metric: "error_ratio" as const, direction: "decrease" as const, margin: 0.005 }];
  const trial = new TestCase(testPlan({ guardrails, horizonMs: 900 * STEP_MS, metric: "conversion" }));
  for (let step = 0; step < 300; step++) {
    trial.expose(20, { a: few, b: few });
    trial.look();
  }
  let steps = 0;
  while (trial.look().answer === "not_enough_data" && steps < 400) {
    trial.expose(20, { a: few, b: (bucket) => few(bucket) + (bucket % 3 === 0 ? 2 : 0) });
    steps++;
  }
  // Blocks are five steps here.
  assert.ok(steps <= 120, `${steps} steps`);
});

test("a guardrail that holds says so, and may be breached later", () => {
  const guardrails = [{ metric: "error_ratio" as const, direction: "decrease" as const, margin: 0.02 }];
  const trial = new TestCase(testPlan({ guardrails, metric: "conversion", horizonMs: 1000 * STEP_MS }));
  for (let step = 0; step < 100; step++) {
    trial.expose(100, { a: few, b: (bucket) => (bucket + 1) % 2 });
    trial.look();
  }
  assert.equal(metricOf(trial.look(), "guardrail").decision, "holds");
  for (let step = 0; step < 60; step++) {
    trial.expose(100, { a: few, b: () => 40 });
    trial.look();
  }
  assert.equal(metricOf(trial.look(), "guardrail").decision, "breached");
});

test("several treatments share alpha, and each is compared with the control", () => {
  const variants = [
    { name: "a", control: false },
    { name: "b", control: true },
    { name: "c", control: false },
  ];
  const trial = new TestCase(testPlan({}, { variants }));
  trial.counters.labels = { experiment: "e", phase: "2", stratum: "33.333/33.333/33.334" };
  for (let step = 0; step < 12; step++) {
    for (let bucket = 0; bucket < 100; bucket++) {
      trial.counters.expose("a", bucket, 20, few(bucket));
      trial.counters.expose("b", bucket, 20, few(bucket));
      trial.counters.expose("c", bucket, 20, many(bucket));
    }
    trial.look();
  }
  const verdict = trial.look();
  assert.deepEqual(
    verdict.comparisons.map(({ treatment, control }) => [treatment, control]),
    [
      ["a", "b"],
      ["c", "b"],
    ],
  );
  assert.equal(metricOf(verdict).alpha, 0.025);
  assert.equal(verdict.answer, "worse");
  assert.equal(verdict.treatment, "c");
});

test("secondary metrics are corrected together and decide nothing", () => {
  const trial = new TestCase(
    testPlan({ metric: "conversion", direction: "increase", secondary: ["error_ratio", "slow_ratio"] }),
  );
  for (let step = 0; step < 30; step++) {
    trial.expose(20, { a: few, b: many });
    trial.look();
  }
  const verdict = trial.look();
  assert.equal(verdict.answer, "not_enough_data");
  const secondary = metricOf(verdict, "secondary");
  assert.equal(secondary.decision, "worse");
  assert.ok((secondary.pValue ?? 1) < 0.05);
});

test("the chart's points stay few, in order, and end with the last look", () => {
  const trial = new TestCase(testPlan({ horizonMs: 10_000 * STEP_MS }));
  for (let step = 0; step < 270; step++) {
    trial.expose(3, { a: few, b: few });
    trial.look();
  }
  const { history } = metricOf(trial.look());
  assert.ok(history.length <= 241 && history.length >= 120, `${history.length} points`);
  assert.deepEqual(
    history.map(({ at }) => at),
    history.map(({ at }) => at).toSorted((one, other) => one - other),
  );
  assert.equal(history.at(-1)?.at, trial.step * STEP_MS);
});

test("a state of another analysis is refused", () => {
  const state = JSON.parse(JSON.stringify(createJudgement(testPlan())));
  assert.ok(restoreJudgement(testPlan(), state));
  assert.equal(restoreJudgement(testPlan({ margin: 0.5 }), state), undefined);
  assert.equal(restoreJudgement(testPlan(), { ...state, looks: "many" }), undefined);
});

test("a verdict is plain JSON: nothing of it is lost on the way", () => {
  const trial = new TestCase(testPlan({ secondary: ["accuracy", "macro_recall"] }));
  for (let step = 0; step < 12; step++) {
    trial.expose(20, { a: few, b: many });
    for (let bucket = 0; bucket < 100; bucket++) trial.counters.truth("a", bucket, "positive", "negative");
    trial.look();
  }
  const verdict = trial.look();
  assert.deepEqual(JSON.parse(JSON.stringify(verdict)), verdict);
});
