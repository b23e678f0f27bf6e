import assert from "node:assert/strict";
import { before, test } from "node:test";
import { assertInstalled } from "./prometheus.ts";
import { type Collected, firing, rising, standing } from "./rule-test.ts";

before(assertInstalled);

const file = "alerts/outcomes.yml";
/** Days are long: a value every ten minutes. */
const situation = { file, step: "10m", evaluation: "20m" };
const DAY = 144;
const of = 'job="ab-proxy",instance="p:1",experiment="e",phase="1"';

type Stretches = readonly (readonly [number, number] | "reset")[];

/** What the weights predict of the decisions of a variant. */
const decisions = (...stretches: Stretches): Collected => ({
  [`ab_expected_assignments_total{${of},model_version="a"}`]: rising(...stretches),
});
const outcomes = (...stretches: Stretches): Collected => ({
  [`ab_outcomes_total{${of},model_version="a",outcome="converted"}`]: rising(...stretches),
});
const rejected = (reason: string, ...stretches: Stretches): Collected => ({
  [`ab_outcomes_rejected_total{job="ab-proxy",instance="p:1",reason="${reason}"}`]: rising(...stretches),
});
const contaminated = (...stretches: Stretches): Collected => ({
  [`ab_contaminated_requests_total{${of},model_version="a"}`]: rising(...stretches),
});
const primary = (metric: string, steps: number): Collected => ({
  [`ab_verdict_decision_info{job="ab-judge",experiment="e",phase="1",metric="${metric}",kind="primary",pair="X-Y",decision="open"}`]:
    standing([1, steps]),
});
const tokens = (instance: string, ...stretches: Stretches): Collected => ({
  [`ab_outcome_tokens_total{job="ab-proxy",instance="${instance}"}`]: rising(...stretches),
});
const journal = (instance: string, values: string): Collected => ({
  [`ab_outcome_journal_up{job="ab-proxy",instance="${instance}"}`]: values,
});

const cases: readonly (readonly [what: string, Collected, at: string, expected: readonly string[]])[] = [
  [
    "a feed that ends while traffic goes on",
    { ...decisions([50, 3 * DAY]), ...outcomes([5, DAY], [0, 2 * DAY]) },
    "55h",
    ["ABOutcomeFeedStale e"],
  ],
  [
    "a feed that comes once a day is quiet",
    {
      ...decisions([50, 3 * DAY]),
      ...outcomes([0, DAY - 1], [500, 1], [0, DAY - 1], [500, 1], [0, DAY]),
    },
    "70h",
    [],
  ],
  [
    "an experiment that nobody ever reported about, and that needs no reports, is quiet",
    { ...decisions([50, 3 * DAY]), ...outcomes([0, 3 * DAY]), ...primary("error_ratio", 3 * DAY) },
    "70h",
    [],
  ],
  [
    "one whose primary metric is made of outcomes needs them",
    { ...decisions([50, 3 * DAY]), ...outcomes([0, 3 * DAY]), ...primary("conversion", 3 * DAY) },
    "70h",
    ["ABOutcomeFeedStale e"],
  ],
  [
    "on its first day an experiment may wait for its truth",
    { ...decisions([500, DAY]), ...outcomes([0, DAY]), ...primary("accuracy", DAY) },
    "23h",
    [],
  ],
  [
    "hardly any traffic is quiet",
    { ...decisions([5, 3 * DAY]), ...outcomes([5, DAY], [0, 2 * DAY]) },
    "70h",
    [],
  ],
  [
    "where no outcomes are configured nothing is missed",
    { ...decisions([50, 3 * DAY]), ...primary("conversion", 3 * DAY) },
    "70h",
    [],
  ],

  [
    "a sender whose reports are refused",
    { ...outcomes([10, 30]), ...rejected("expired", [10, 30]) },
    "4h",
    ["ABOutcomesRejected"],
  ],
  [
    "reasons add up",
    { ...outcomes([90, 30]), ...rejected("expired", [6, 30]), ...rejected("malformed", [6, 30]) },
    "4h",
    ["ABOutcomesRejected"],
  ],
  ["a few that are too old are quiet", { ...outcomes([95, 30]), ...rejected("expired", [5, 30]) }, "4h", []],
  ["repetitions are quiet", { ...outcomes([10, 30]), ...rejected("duplicate", [90, 30]) }, "4h", []],
  ["a share of a few is quiet", { ...outcomes([1, 30]), ...rejected("expired", [2, 30]) }, "4h", []],

  [
    "a journal that cannot be written",
    { ...journal("p:1", standing([1, 6], [0, 24])), ...journal("p:2", standing([1, 30])) },
    "3h",
    ["ABOutcomeJournalFailed"],
  ],
  ["a journal that is written is quiet", journal("p:1", standing([1, 30])), "3h", []],

  [
    "replicas that have given less than that together are quiet",
    { ...tokens("p:1", [1_000_000, 1000]), ...tokens("p:2", [1_000_000, 1000], "reset", [0, 1]) },
    "166h",
    [],
  ],
  [
    "replicas that have given half of a secret's tokens, each far less",
    { ...tokens("p:1", [1_500_000, 1000]), ...tokens("p:2", [1_500_000, 1000]) },
    "166h",
    ["ABOutcomeTokensNearLimit"],
  ],

  [
    "users who meet both variants",
    { ...decisions([100, 2 * DAY]), ...contaminated([8, 2 * DAY]) },
    "47h",
    ["ABContamination e"],
  ],
  ["some of them are quiet", { ...decisions([100, 2 * DAY]), ...contaminated([2, 2 * DAY]) }, "47h", []],
  ["a few requests are quiet", { ...decisions([4, 2 * DAY]), ...contaminated([0.4, 2 * DAY]) }, "47h", []],
];
for (const [what, collected, at, expected] of cases)
  test(`${file}: ${what}`, () => {
    assert.deepEqual(
      firing({ ...situation, collected }, at).map(
        ({ alertname, experiment }) => alertname + (experiment === undefined ? "" : ` ${experiment}`),
      ),
      expected,
    );
  });
