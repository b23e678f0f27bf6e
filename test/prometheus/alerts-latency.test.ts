import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, test } from "node:test";
import { writeRuleFiles } from "../../prometheus/src/write.ts";
import { assertInstalled } from "./prometheus.ts";
import { type Collected, firing, rising } from "./rule-test.ts";

before(assertInstalled);

const file = "rules/latency.yml";

type Stretch = readonly [textsPerStep: number, secondsEach: number, steps: number];

/** What a worker collects of its texts. */
function texts(model: string, ...stretches: readonly (Stretch | "reset")[]): Collected {
  const labels = `{job="sentiment-worker",instance="${model}:1",model_version="${model}"}`;
  const column = (take: (stretch: Stretch) => number) =>
    rising(
      ...stretches.map((stretch) => (stretch === "reset" ? stretch : ([take(stretch), stretch[2]] as const))),
    );
  return {
    [`sentiment_inference_seconds_count${labels}`]: column(([count]) => count),
    [`sentiment_inference_seconds_sum${labels}`]: column(([count, seconds]) => count * seconds),
  };
}

/** A worker with a budget: texts within the bound and above it, per step. */
function budgeted(
  instance: string,
  within: number,
  above: number,
  { bound = "0.05", le = bound }: { bound?: string; le?: string } = {},
): Collected {
  const labels = `job="sentiment-worker",instance="${instance}",model_version="a"`;
  return {
    [`sentiment_inference_seconds_bucket{${labels},le="${le}"}`]: rising([within, 60]),
    [`sentiment_inference_seconds_bucket{${labels},le="4"}`]: rising([within + above, 60]),
    [`sentiment_inference_seconds_bucket{${labels},le="+Inf"}`]: rising([within + above, 60]),
    [`sentiment_inference_seconds_count{${labels}}`]: rising([within + above, 60]),
    [`sentiment_latency_budget_seconds{${labels},bound="${bound}"}`]: `${bound}x60`,
  };
}

const three = [60, 0.01, 180] as const;
const cases: readonly [what: string, Collected, at: string, expected: string[]][] = [
  [
    "a model that takes twice as long as it used to",
    texts("a", three, [60, 0.02, 60]),
    "200m",
    ["ModelLatencyRegression a"],
  ],
  [
    "a model that got slower while it got busier",
    texts("a", three, [600, 0.02, 60]),
    "200m",
    ["ModelLatencyRegression a"],
  ],
  ["a model that takes as long as ever is quiet", texts("a", three, [90, 0.01, 60]), "230m", []],
  ["a fifth more is quiet", texts("a", three, [60, 0.012, 60]), "230m", []],
  ["a slow minute is quiet", texts("a", three, [60, 0.1, 1], [60, 0.01, 60]), "200m", []],
  [
    "the other model being slower is quiet",
    { ...texts("a", three, three), ...texts("b", [60, 0.03, 360]) },
    "300m",
    [],
  ],
  ["a model without texts is quiet", texts("a", three, [0, 0, 60]), "230m", []],
  ["a few slow texts are quiet", texts("a", three, [5, 0.05, 60]), "230m", []],
  ["the first hour is quiet, whatever happens in it", texts("a", [60, 0.01, 30], [60, 0.05, 30]), "59m", []],
  ["a demo after a quiet day is quiet", texts("a", [0, 0, 600], [375, 0.01, 4], [0, 0, 60]), "604m", []],
  [
    "a restart is quiet, with the first texts that are slower",
    texts("a", three, "reset", [60, 0.03, 3], [60, 0.01, 60]),
    "200m",
    [],
  ],
  ["a past of a few texts is none", texts("a", [1, 0.01, 180], [60, 0.02, 60]), "205m", []],

  ["a tenth of the texts over budget", budgeted("a:1", 90, 10), "30m", ["ModelLatencyBudgetExceeded a"]],
  [
    "Prometheus 3 writes the bound of a second with its decimal",
    budgeted("a:1", 90, 10, { bound: "1", le: "1.0" }),
    "30m",
    ["ModelLatencyBudgetExceeded a"],
  ],
  [
    "two workers of a model are one",
    { ...budgeted("a:1", 95, 15), ...budgeted("a:2", 95, 15) },
    "30m",
    ["ModelLatencyBudgetExceeded a"],
  ],
  [
    "each worker has its own budget",
    { ...budgeted("a:1", 99, 1), ...budgeted("a:2", 99, 1, { bound: "0.1" }) },
    "30m",
    [],
  ],
  ["one in fifty over budget is quiet", budgeted("a:1", 98, 2), "30m", []],
  ["a share of a few texts is quiet", budgeted("a:1", 5, 5), "30m", []],
];
for (const [what, collected, at, expected] of cases)
  test(what, () => {
    const alerts = firing({ file, collected, step: "1m" }, at);
    assert.deepEqual(
      alerts.map(({ alertname, model_version }) => `${alertname} ${model_version}`),
      expected,
    );
  });

test("a model without a budget cannot exceed it", () => {
  const collected = Object.entries(budgeted("a:1", 0, 100)).filter(([name]) => !name.includes("budget"));
  assert.deepEqual(firing({ file, collected: Object.fromEntries(collected), step: "1m" }, "30m"), []);
});

test("at a time scale of 1/30 a regression of hours is one of minutes", async (t) => {
  const rules = await mkdtemp(join(tmpdir(), "blindsplit-scale-"));
  t.after(() => rm(rules, { recursive: true }));
  await writeRuleFiles(rules, { timeScale: 1 / 30 });
  const collected = texts("a", [20, 0.01, 180], [20, 0.02, 30]);
  const situation = { file, rules, collected, step: "2s" };
  assert.deepEqual(firing(situation, "6m"), []);
  assert.deepEqual(
    firing(situation, "400s").map(({ alertname }) => alertname),
    ["ModelLatencyRegression"],
  );
});
