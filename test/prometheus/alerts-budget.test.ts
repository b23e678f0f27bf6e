import assert from "node:assert/strict";
import { before, test } from "node:test";
import { assertInstalled } from "./prometheus.ts";
import { type Collected, evaluate, firing, missing, rising, standing } from "./rule-test.ts";

before(assertInstalled);

const file = "rules/latency.yml";
const series = "model_version:sentiment_inference_seconds:over_budget_ratio5m";
const STEPS = 120;
const step = "15s";

interface Worker {
  /** Of its `latency_budget`, as the worker writes it; left out: it declares none. */
  readonly bound?: string;
  /** How Prometheus writes that bound of the histogram. */
  readonly le?: string;
  /** Steps of its first and of its last sample. */
  readonly from?: number;
  readonly to?: number;
}

/** A worker's texts of each step: those of 40 ms, of 80 ms and of three seconds. */
function worker(instance: string, [fast, late, slow]: readonly [number, number, number], of: Worker = {}) {
  const { bound, le = bound, from = 0, to = STEPS } = of;
  const life = (values: string) =>
    [...(from > 0 ? [missing(from)] : []), values, ...(to < STEPS ? ["stale"] : [])].join(" ");
  const counted = (texts: number) => life(rising([texts, to - from]));
  const labels = `job="sentiment-worker",instance="${instance}",model_version="a"`;
  const bounds = [
    ["0.05", fast],
    ["0.1", fast + late],
    ["+Inf", fast + late + slow],
  ] as const;
  const own = le !== undefined && !bounds.some(([known]) => known === le) ? [[le, fast + late] as const] : [];
  return {
    ...Object.fromEntries(
      [...bounds, ...own].map(([at, texts]) => [
        `sentiment_inference_seconds_bucket{${labels},le="${at}"}`,
        counted(texts),
      ]),
    ),
    [`sentiment_inference_seconds_count{${labels}}`]: counted(fast + late + slow),
    ...(bound !== undefined && {
      [`sentiment_latency_budget_seconds{${labels},bound="${bound}"}`]: life(
        standing([Number(bound), to - from]),
      ),
    }),
  };
}

/** Each of four workers is replaced by another one, every three minutes. */
function rollingDeploy(): Collected {
  const places = [0, 1, 2, 3].map((place) => {
    const at = 40 + 12 * place;
    return {
      ...worker(`old${place}`, [30, 0, 0], { bound: "0.1", to: at }),
      ...worker(`new${place}`, [30, 0, 0], { bound: "0.1", from: at }),
    };
  });
  return Object.assign({}, ...places) as Collected;
}

const cases: readonly [what: string, Collected, expected: string[]][] = [
  ["a tenth of the texts over budget", worker("a:1", [27, 0, 3], { bound: "0.05" }), ["a"]],
  [
    "Prometheus 3 writes the bound of a second with its decimal",
    worker("a:1", [27, 0, 3], { bound: "1", le: "1.0" }),
    ["a"],
  ],
  [
    "two workers of a model are one",
    { ...worker("a:1", [30, 0, 5], { bound: "0.05" }), ...worker("a:2", [30, 0, 5], { bound: "0.05" }) },
    ["a"],
  ],
  [
    "each worker has its own budget",
    { ...worker("a:1", [30, 0, 0], { bound: "0.05" }), ...worker("a:2", [0, 30, 0], { bound: "0.1" }) },
    [],
  ],
  ["one in fifty over budget is quiet", worker("a:1", [49, 1, 0], { bound: "0.05" }), []],
  ["a share of a few texts is quiet", worker("a:1", [1, 1, 0], { bound: "0.05" }), []],
  ["a model without a budget cannot exceed it", worker("a:1", [0, 0, 30]), []],
  [
    "texts of a worker without a budget are over none",
    { ...worker("a:1", [30, 0, 0], { bound: "0.05" }), ...worker("a:2", [0, 0, 30]) },
    [],
  ],
  [
    "a worker without a budget does not hide those of one that has one",
    { ...worker("a:1", [27, 0, 3], { bound: "0.05" }), ...worker("a:2", [300, 0, 0]) },
    ["a"],
  ],
  [
    "a worker that leaves is not over budget",
    {
      ...worker("a:1", [30, 0, 0], { bound: "0.05" }),
      ...worker("a:2", [30, 0, 0], { bound: "0.05", to: 40 }),
    },
    [],
  ],
  ["workers that replace each other are not over budget", rollingDeploy(), []],
  [
    "a budget that is raised is the larger one until the other is forgotten",
    {
      ...worker("a:1", [0, 30, 0], { bound: "0.1" }),
      'sentiment_latency_budget_seconds{job="sentiment-worker",instance="a:1",model_version="a",bound="0.05"}':
        "0.05+0x60 stale",
    },
    [],
  ],
];
for (const [what, collected, expected] of cases)
  test(what, () => {
    for (const minutes of [13, 16, 18, 20, 24]) {
      const alerts = firing({ file, collected, step }, `${minutes}m`);
      assert.deepEqual(
        alerts.map(({ alertname, model_version }) => `${alertname} ${model_version}`),
        // A budget that is exceeded all the time was so five minutes ago.
        expected.map((model) => `ModelLatencyBudgetExceeded ${model}`),
        `after ${minutes} min`,
      );
    }
  });

test("the share stays what it is while workers replace each other", () => {
  for (const minutes of [9, 12, 15, 17, 20, 25]) {
    const found = evaluate({ file, collected: rollingDeploy(), step }, series, `${minutes}m`);
    assert.deepEqual(
      found.map(({ value }) => Math.abs(Math.round(value * 1e9))),
      [0],
      `after ${minutes} min`,
    );
  }
});
