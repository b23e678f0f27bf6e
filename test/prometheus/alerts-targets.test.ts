import assert from "node:assert/strict";
import { before, test } from "node:test";
import { assertInstalled } from "./prometheus.ts";
import { type Collected, evaluate, firing, standing } from "./rule-test.ts";

before(assertInstalled);

const file = "alerts/targets.yml";
const up = (job: string, instance: string, values: string): Collected => ({
  [`up{job="${job}",instance="${instance}"}`]: values,
});
const proxy = up("ab-proxy", "p:1", standing([1, 200]));
const worker = up("sentiment-worker", "w:1", standing([1, 200]));
const model = (values: string): Collected => ({
  'model_info{job="sentiment-worker",instance="w:1",model_version="a"}': values,
});
/** One of several workers of the model: how many steps of a quarter of a minute it answers, of all. */
const STEPS = 80;
const member = (place: number, answers = STEPS): Collected => ({
  ...up(
    "sentiment-worker",
    `w:${place}`,
    answers < STEPS ? standing([1, answers], [0, STEPS - answers]) : standing([1, STEPS]),
  ),
  [`model_info{job="sentiment-worker",instance="w:${place}",model_version="a"}`]:
    answers < STEPS ? `1+0x${answers - 1} stale` : standing([1, STEPS]),
});
const weight = (ratio: number): Collected => ({
  'ab_variant_weight_ratio{experiment="e",model_version="a"}': standing([ratio, 200]),
});

const cases: readonly [what: string, Collected, at: string, expected: string[]][] = [
  ["a dead worker", { ...proxy, ...weight(0.5), ...member(1, 40) }, "13m", ["TargetDown page a"]],
  [
    "a dead worker, when no gateway says who its users are",
    { ...proxy, ...member(1, 40) },
    "13m",
    ["TargetDown page a"],
  ],
  [
    "one of four workers of a model is a ticket",
    { ...proxy, ...weight(0.5), ...member(1, 40), ...member(2), ...member(3), ...member(4) },
    "13m",
    ["TargetDown ticket a"],
  ],
  [
    "the last worker of a model is a page, about each",
    { ...proxy, ...weight(0.5), ...member(1, 20), ...member(2, 40) },
    "13m",
    ["TargetDown page a", "TargetDown page a"],
  ],
  [
    "a worker that comes back leaves a ticket about the other",
    {
      ...{ ...proxy, ...weight(0.5), ...member(1, 20), ...member(2, 40) },
      'model_info{job="sentiment-worker",instance="w:2",model_version="a"}': "1+0x39 stale _x20 1+0x20",
      ...up("sentiment-worker", "w:2", standing([1, 40], [0, 21], [1, 19])),
    },
    "18m",
    ["TargetDown ticket a"],
  ],
  [
    "a worker of a variant without users is a ticket",
    { ...proxy, ...weight(0), ...member(1, 40) },
    "13m",
    ["TargetDown ticket a"],
  ],
  [
    "a worker of a model that is no variant any more is a ticket",
    {
      ...{ ...proxy, ...member(1, 40) },
      'ab_variant_weight_ratio{experiment="e",model_version="b"}': standing([1, 200]),
    },
    "13m",
    ["TargetDown ticket a"],
  ],
  [
    "weights that differ between replicas, as in a roll-out, count as users",
    {
      ...{ ...proxy, ...weight(0), ...member(1, 40) },
      'ab_variant_weight_ratio{experiment="e",model_version="a",instance="p:2"}': standing([0.1, 200]),
    },
    "13m",
    ["TargetDown page a"],
  ],
  [
    "a worker that was never met, such as one that still loads, is a ticket",
    { ...proxy, ...weight(0.5), ...up("sentiment-worker", "w:9", standing([0, 80])), ...member(1) },
    "13m",
    ["TargetDown ticket w:9"],
  ],
  [
    "the worker of another model does not answer for it",
    {
      ...{ ...proxy, ...weight(0.5), ...member(1, 40), ...up("sentiment-worker", "x:1", standing([1, 80])) },
      'model_info{job="sentiment-worker",instance="x:1",model_version="b"}': standing([1, 80]),
    },
    "13m",
    ["TargetDown page a"],
  ],
  [
    "a dead gateway",
    { ...up("ab-proxy", "p:1", standing([0, 80])), ...worker },
    "13m",
    ["TargetDown page p:1"],
  ],
  [
    "a dead Alertmanager is a ticket",
    { ...proxy, ...up("alertmanager", "m:1", standing([0, 80])) },
    "13m",
    ["TargetDown ticket m:1"],
  ],
  [
    "a scrape that failed twice is quiet",
    { ...up("ab-proxy", "p:1", standing([1, 40], [0, 2], [1, 40])), ...worker },
    "15m",
    [],
  ],
  [
    "targets of other jobs are none of ours",
    { ...proxy, ...up("node", "n:1", standing([0, 80])) },
    "13m",
    [],
  ],

  ["a gateway that nobody collects", worker, "13m", ["JobAbsent page ab-proxy"]],
  [
    "workers that are not looked for any more",
    { ...proxy, ...up("sentiment-worker", "w:1", "1+0x39 stale _x100") },
    "20m",
    ["JobAbsent page sentiment-worker"],
  ],
  ["a gateway alone, in front of services without these metrics, is quiet", proxy, "13m", []],

  [
    "metrics of a model that were there and are gone",
    { ...proxy, ...worker, ...weight(0.5), ...model("1+0x39 stale _x100") },
    "20m",
    ["ModelMetricsAbsent ticket a"],
  ],
  [
    "a model that gets no users any more is quiet",
    { ...proxy, ...worker, ...weight(0), ...model("1+0x39 stale _x100") },
    "20m",
    [],
  ],
  [
    "a worker's restart is quiet",
    { ...proxy, ...worker, ...weight(0.5), ...model("1+0x39 stale _x10 1+0x100") },
    "15m",
    [],
  ],
  ["a service that never had these metrics is quiet", { ...proxy, ...weight(0.5) }, "20m", []],
];
for (const [what, collected, at, expected] of cases)
  test(what, () => {
    const alerts = firing({ file, collected, step: "15s" }, at);
    assert.deepEqual(
      alerts.map(({ alertname, severity, model_version, instance, job }) =>
        [alertname, severity, model_version ?? instance ?? job].join(" "),
      ),
      expected,
    );
  });

test("the dead man's switch always fires, for no one but the heartbeat", () => {
  const found = evaluate({ file, collected: proxy, step: "15s" }, 'ALERTS{alertname="DeadMansSwitch"}', "1m");
  assert.deepEqual(
    found.map(({ labels }) => [labels.alertstate, labels.severity]),
    [["firing", "none"]],
  );
});
