import assert from "node:assert/strict";
import { before, test } from "node:test";
import { assertInstalled } from "./prometheus.ts";
import { type Collected, evaluate, firing, missing, rising, standing } from "./rule-test.ts";

before(assertInstalled);

const file = "alerts/verdict.yml";
/** Between two values: a quarter of a minute. */
const step = "15s";
const judge = 'job="ab-judge",instance="j:1"';
const of = (experiment: string, phase = 1) => `${judge},experiment="${experiment}",phase="${phase}"`;

const failed = (experiment: string, values: string, phase = 1): Collected => ({
  [`ab_verdict_sample_ratio_failed{${of(experiment, phase)}}`]: values,
});
const answer = (experiment: string, word: string, values: string): Collected => ({
  [`ab_verdict_info{${of(experiment)},answer="${word}"}`]: values,
});
/** A judge that looks every `stepSeconds` for so many steps of this test, and then no more. */
const looks = (stepSeconds: number, looking: number, then: number): Collected => {
  const every = stepSeconds / 15;
  const moments = Array.from({ length: looking }, (_, index) => Math.floor(index / every) * stepSeconds);
  const written = [...moments, ...Array.from({ length: then }, () => moments.at(-1) ?? 0)];
  return {
    [`ab_verdict_last_look_timestamp_seconds{${judge}}`]: written.join(" "),
    [`ab_verdict_step_seconds{${judge}}`]: standing([stepSeconds, looking + then]),
  };
};
const guardrail = (letter: string, values: string): Collected => ({
  [`ab_verdict_guardrail_breached{${of("e")},metric="error_ratio",letter="${letter}"}`]: values,
});
const stopped = (instance: string, variant: string, values: string): Collected => ({
  [`ab_guardrail_stopped{job="ab-proxy",instance="${instance}",experiment="e",phase="1",model_version="${variant}"}`]:
    values,
});
const reachable = (instance: string, values: string): Collected => ({
  [`ab_judge_reachable{job="ab-proxy",instance="${instance}"}`]: values,
});

const cases: readonly (readonly [what: string, Collected, at: string, expected: readonly string[]])[] = [
  ["a split that breaks", failed("e", standing([0, 40], [1, 40])), "11m", ["ABSampleRatioMismatch e"]],
  ["a split that holds is quiet", failed("e", standing([0, 80])), "15m", []],
  [
    "a broken split of one experiment is its own",
    { ...failed("e", standing([1, 80])), ...failed("other", standing([0, 80])) },
    "15m",
    ["ABSampleRatioMismatch e"],
  ],
  [
    "a judge that restarts, and says nothing while it reads what is past, ends no mismatch",
    failed("e", `${standing([1, 40])} stale ${missing(39)} ${standing([1, 10])}`),
    "18m",
    ["ABSampleRatioMismatch e"],
  ],
  [
    "a mismatch ends with its phase",
    {
      ...failed("e", `${standing([1, 40])} stale`),
      ...failed("e", `_x40 ${standing([0, 100])}`, 2),
    },
    "30m",
    [],
  ],

  ["an invalid comparison", answer("e", "invalid", standing([1, 80])), "16m", ["ABVerdictInvalid e"]],
  [
    "one that is invalid for one look is quiet",
    {
      ...answer("e", "invalid", "1+0x19 stale"),
      ...answer("e", "not_enough_data", `_x20 ${standing([1, 80])}`),
    },
    "18m",
    [],
  ],
  ["every other answer is quiet", answer("e", "better", standing([1, 200])), "40m", []],

  ["a judge that has stopped looking", looks(300, 80, 80), "38m", ["ABVerdictStale j:1"]],
  ["a judge that looks is quiet", looks(300, 160, 0), "39m", []],
  ["two looks that were missed are quiet", looks(300, 80, 40), "29m", []],
  ["a judge that looks every hour is not late after a quarter of one", looks(3600, 20, 280), "70m", []],
  [
    "a judge without anything to look at is quiet",
    {
      [`ab_verdict_last_look_timestamp_seconds{${judge}}`]: standing([0, 400]),
      [`ab_verdict_step_seconds{${judge}}`]: standing([300, 400]),
    },
    "90m",
    [],
  ],

  [
    "a guardrail that is breached, by its letter",
    { ...guardrail("X", standing([0, 40], [1, 40])), ...guardrail("Y", standing([0, 80])) },
    "12m",
    ["ABGuardrailBreached X"],
  ],
  ["guardrails that hold are quiet", guardrail("X", standing([0, 80])), "15m", []],

  [
    "a treatment that is stopped on one replica, without its name",
    { ...stopped("p:1", "roberta", standing([1, 80])), ...stopped("p:2", "roberta", standing([0, 80])) },
    "10m",
    ["ABGuardrailStopped e"],
  ],
  ["variants that run are quiet", stopped("p:1", "roberta", standing([0, 80])), "10m", []],

  [
    "a gateway that cannot ask the judge",
    { ...reachable("p:1", standing([1, 20], [0, 60])), ...reachable("p:2", standing([1, 80])) },
    "12m",
    ["ABJudgeUnreachable p:1"],
  ],
  ["a restart of the judge is quiet", reachable("p:1", standing([1, 20], [0, 12], [1, 48])), "12m", []],
];
for (const [what, collected, at, expected] of cases)
  test(`${file}: ${what}`, () => {
    const alerts = firing({ file, collected, step }, at);
    assert.deepEqual(
      alerts.map(
        ({ alertname, letter, experiment, instance }) => `${alertname} ${letter ?? experiment ?? instance}`,
      ),
      expected,
    );
  });

test("no alert of the judge or of a stop names a variant", () => {
  const collected = {
    ...{ ...guardrail("X", standing([1, 80])), ...stopped("p:1", "roberta", standing([1, 80])) },
    ...failed("e", standing([1, 80])),
  };
  const alerts = firing({ file, collected, step }, "15m");
  assert.equal(alerts.length, 3);
  for (const labels of alerts) assert.ok(!JSON.stringify(labels).includes("roberta"), JSON.stringify(labels));
});

test("what a broken split mutes says the experiment, as Alertmanager needs it", () => {
  const collected = {
    ...{ ...guardrail("X", standing([1, 80])), ...stopped("p:1", "roberta", standing([1, 80])) },
    ...{ ...failed("e", standing([1, 80])), ...answer("e", "invalid", standing([1, 80])) },
  };
  const alerts = firing({ file, collected, step }, "18m");
  assert.deepEqual(alerts.map(({ alertname, experiment }) => `${alertname} ${experiment}`).sort(), [
    "ABGuardrailBreached e",
    "ABGuardrailStopped e",
    "ABSampleRatioMismatch e",
    "ABVerdictInvalid e",
  ]);
});

test("a judge that is down, or not looked for any more, wakes nobody", () => {
  const up = (values: string): Collected => ({
    'up{job="ab-judge",instance="j:1"}': values,
    'up{job="ab-proxy",instance="p:1"}': standing([1, 200]),
  });
  const situation = { file: "alerts/targets.yml", step };
  const named = (collected: Collected, at: string) =>
    firing({ ...situation, collected }, at).map(
      ({ alertname, severity, job }) => `${alertname} ${severity} ${job}`,
    );
  assert.deepEqual(named(up(standing([1, 40], [0, 40])), "13m"), ["TargetDown ticket ab-judge"]);
  assert.deepEqual(named(up(standing([1, 200])), "40m"), []);
  assert.deepEqual(named(up("1+0x39 stale"), "20m"), ["JobAbsent ticket ab-judge"]);
  const without = { 'up{job="ab-proxy",instance="p:1"}': standing([1, 200]) };
  assert.deepEqual(named(without, "40m"), []);
});

test("the sample ratio's alert does not look at a sliding window", () => {
  const labels = (model: string) => `experiment="e",phase="1",model_version="${model}",bucket="00"`;
  const collected = {
    [`ab_bucket_requests_total{${labels("a")}}`]: rising([100, 200]),
    [`ab_bucket_requests_total{${labels("b")}}`]: rising([10, 200]),
  };
  assert.deepEqual(evaluate({ file, collected, step }, 'ALERTS{alertname!=""}', "40m"), []);
});
