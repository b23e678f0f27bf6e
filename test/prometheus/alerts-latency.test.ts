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

/** What texts are like: tokens of each, and how many of them share a run. */
interface Kind {
  readonly tokens?: number;
  readonly batch?: number;
}
type Stretch = readonly [textsPerStep: number, runSeconds: number, steps: number, kind?: Kind];
type Life = readonly (Stretch | "reset")[];

function counter(
  life: Life,
  take: (count: number, runSeconds: number, kind: Required<Kind>) => number,
): string {
  return rising(
    ...life.map((stretch) => {
      if (stretch === "reset") return stretch;
      const [count, runSeconds, steps, { tokens = 20, batch = 1 } = {}] = stretch;
      return [take(count, runSeconds, { tokens, batch }), steps] as const;
    }),
  );
}

/** What a worker collects of its texts. */
function texts(model: string, ...life: Life): Collected {
  const labels = `{job="sentiment-worker",instance="${model}:1",model_version="${model}"}`;
  const count = (take: Parameters<typeof counter>[1]) => counter(life, take);
  return {
    [`sentiment_inference_seconds_count${labels}`]: count((texts) => texts),
    [`sentiment_inference_seconds_sum${labels}`]: count((texts, seconds) => texts * seconds),
    [`sentiment_inference_busy_seconds_total${labels}`]: count(
      (texts, seconds, { batch }) => (texts * seconds) / batch,
    ),
    [`sentiment_batch_sequences_sum${labels}`]: count((texts) => texts),
    [`sentiment_batch_tokens_total${labels}`]: count((texts, _, { tokens }) => texts * tokens * 0.75),
    [`sentiment_batch_padding_tokens_total${labels}`]: count((texts, _, { tokens }) => texts * tokens * 0.25),
    [`model_info${labels}`]: count(() => 0),
  };
}

/** A model whose graph takes the text itself has no tokens. */
function withoutTokens(collected: Collected): Collected {
  return Object.fromEntries(Object.entries(collected).filter(([name]) => !name.includes("_tokens_")));
}

/** What the gateway collects of a variant's answers. */
function answers(variant: string, ...life: Life): Collected {
  const labels = `job="ab-proxy",instance="p:1",model_version="${variant}"`;
  return {
    [`ab_request_duration_seconds_count{${labels},status="200"}`]: counter(life, (count) => count),
    [`ab_request_duration_seconds_sum{${labels},status="200"}`]: counter(
      life,
      (count, seconds) => count * seconds,
    ),
    [`ab_request_duration_seconds_count{${labels},status="504"}`]: counter(life, () => 50),
    [`ab_request_duration_seconds_sum{${labels},status="504"}`]: counter(life, () => 500),
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

  [
    "a morning that fills the batches, after a quiet night",
    texts("a", [60, 0.025, 180, { batch: 1 }], [300, 0.09, 60, { batch: 8 }]),
    "230m",
    [],
  ],
  [
    "a quiet night, with a text in each run, after a day of full batches",
    texts("a", [300, 0.09, 180, { batch: 8 }], [60, 0.025, 60, { batch: 1 }]),
    "230m",
    [],
  ],
  [
    "texts that become four times as long, and take four times as long",
    texts("a", [60, 0.01, 180, { tokens: 20 }], [60, 0.04, 60, { tokens: 80 }]),
    "230m",
    [],
  ],
  [
    "texts that become short, so that each token takes longer",
    texts("a", [60, 0.04, 180, { tokens: 80 }], [60, 0.02, 60, { tokens: 10 }]),
    "230m",
    [],
  ],
  [
    "a model that takes twice as long, in full batches",
    texts("a", [300, 0.09, 180, { batch: 8 }], [300, 0.18, 60, { batch: 8 }]),
    "230m",
    ["ModelLatencyRegression a"],
  ],
  [
    "a model without tokens that takes twice as long",
    withoutTokens(texts("a", three, [60, 0.02, 60])),
    "200m",
    ["ModelLatencyRegression a"],
  ],
  [
    "a model without tokens whose batches fill",
    withoutTokens(texts("a", [60, 0.025, 180], [300, 0.09, 60, { batch: 8 }])),
    "230m",
    [],
  ],

  [
    "a service without these metrics that answers twice as late as it used to",
    answers("third", three, [60, 0.02, 60]),
    "200m",
    ["VariantLatencyRegression third"],
  ],
  ["a service that answers as it always did, with slow errors", answers("third", three, three), "200m", []],
  ["a slow minute of a service", answers("third", three, [60, 0.1, 1], [60, 0.01, 60]), "200m", []],
  ["a few slow answers of a service", answers("third", three, [5, 0.1, 60]), "230m", []],
  ["the first hour of a service", answers("third", [60, 0.01, 30], [60, 0.05, 30]), "59m", []],
  [
    "callers of a worker wait longer while it fills its batches",
    {
      ...texts("a", [60, 0.025, 180], [300, 0.09, 60, { batch: 8 }]),
      ...answers("a", [60, 0.03, 180], [300, 0.1, 60]),
    },
    "230m",
    [],
  ],
];
for (const [what, collected, at, expected] of cases)
  test(what, () => {
    const alerts = firing({ file, collected, step: "1m" }, at);
    assert.deepEqual(
      alerts.map(({ alertname, model_version }) => `${alertname} ${model_version}`),
      expected,
    );
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
