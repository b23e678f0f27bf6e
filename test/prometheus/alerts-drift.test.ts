import assert from "node:assert/strict";
import { before, test } from "node:test";
import { assertInstalled } from "./prometheus.ts";
import { type Collected, evaluate, firing, rising, standing } from "./rule-test.ts";

before(assertInstalled);

const file = "rules/drift.yml";
const HOUR = 12;
/** Two days and a little. */
const steps = 50 * HOUR;

/** Texts of the lower and of the upper kind at each step of five minutes, for so many steps. */
type Stretch = readonly [lower: number, upper: number, steps: number];
type Feature = (...stretches: readonly Stretch[]) => Collected;

const column = (stretches: readonly Stretch[], take: (lower: number, upper: number) => number) =>
  rising(...stretches.map(([lower, upper, count]) => [take(lower, upper), count] as const));
const samples: Collected = { 'sentiment_label_baseline_samples{model_version="a"}': standing([1000, steps]) };

/** The baseline has as many of one kind as of the other. */
const labels: Feature = (...stretches) => ({
  ...samples,
  'sentiment_label_baseline_ratio{model_version="a",sentiment_label="negative"}': standing([0.5, steps]),
  'sentiment_label_baseline_ratio{model_version="a",sentiment_label="positive"}': standing([0.5, steps]),
  'sentiment_requests_total{model_version="a",status="200",sentiment_label="negative"}': column(
    stretches,
    (lower) => lower,
  ),
  'sentiment_requests_total{model_version="a",status="200",sentiment_label="positive"}': column(
    stretches,
    (_, upper) => upper,
  ),
});

const buckets =
  (histogram: string, baseline: string, bound: string): Feature =>
  (...stretches) => ({
    ...samples,
    [`${baseline}{model_version="a",bound="${bound}",previous_bound="none"}`]: standing([0.5, steps]),
    [`${baseline}{model_version="a",bound="+Inf",previous_bound="${bound}"}`]: standing([1, steps]),
    [`${histogram}_bucket{model_version="a",le="${bound}"}`]: column(stretches, (lower) => lower),
    [`${histogram}_bucket{model_version="a",le="+Inf"}`]: column(stretches, (lower, upper) => lower + upper),
  });

const features: readonly [alert: string, Feature][] = [
  ["LabelDistributionDrift", labels],
  [
    "ScoreDistributionDrift",
    buckets("sentiment_confidence_ratio", "sentiment_confidence_baseline_ratio", "0.5"),
  ],
  [
    "ScoreDistributionDrift",
    buckets("sentiment_regression_score", "sentiment_regression_score_baseline_ratio", "3"),
  ],
  ["InputDrift", buckets("sentiment_input_characters", "sentiment_input_characters_baseline_ratio", "100")],
];
const drifted = (collected: Collected, at: string) =>
  firing({ file, collected, step: "5m" }, at).map(({ alertname }) => alertname);

for (const [alert, feature] of features) {
  test(`${alert}: texts that were like the baseline and are not any more (${Object.keys(feature()).at(-1)})`, () => {
    assert.deepEqual(drifted(feature([500, 500, 48], [900, 100, 24]), "330m"), [alert]);
  });
  test(`${alert}: texts like the baseline are quiet (${Object.keys(feature()).at(-1)})`, () => {
    assert.deepEqual(drifted(feature([500, 500, 48], [550, 450, 24]), "330m"), []);
  });
}

/** Twenty-three hours of texts like the baseline, and a job of an hour at the end of each. */
const NIGHT: readonly Stretch[] = [
  [500, 500, 23 * HOUR],
  [900, 100, HOUR],
];
const MORNING: Stretch = [500, 500, 2 * HOUR];

/** Whether anything fired in the hours before and after the end of the first day, and of the second one. */
function nights(collected: Collected): { readonly first: boolean; readonly second: boolean } {
  const ever = (hours: string, night: string) =>
    `label_replace(count(count_over_time(ALERTS{alertstate="firing"}${hours})), "night", "${night}", "", "")`;
  const found = evaluate(
    { file, collected, step: "5m" },
    `${ever("[25h:5m] offset 25h", "first")} or ${ever("[24h:5m]", "second")}`,
    "50h",
  );
  const has = (night: string) => found.some(({ labels }) => labels.night === night);
  return { first: has("first"), second: has("second") };
}

for (const [alert, feature] of features)
  test(`${alert}: what comes every night is an event in the first one alone (${Object.keys(feature()).at(-1)})`, () => {
    assert.deepEqual(nights(feature(...NIGHT, ...NIGHT, MORNING)), { first: true, second: false });
  });

test("what is otherwise than the night before is an event", () => {
  const earlier: readonly Stretch[] = [
    [500, 500, 20 * HOUR],
    [900, 100, 2 * HOUR],
    [500, 500, 2 * HOUR],
  ];
  assert.deepEqual(nights(labels(...NIGHT, ...earlier, MORNING)), { first: true, second: true });
});

test("an hour of yesterday with hardly any texts is no yesterday", () => {
  const hardlyAny: readonly Stretch[] = [
    [500, 500, 22 * HOUR],
    [1, 1, 2 * HOUR],
  ];
  assert.deepEqual(nights(labels(...hardlyAny, ...NIGHT, MORNING)), { first: false, second: true });
});

const quiet: readonly [what: string, stretches: readonly Stretch[], at: string][] = [
  ["texts that never were like the baseline are no event", [[900, 100, 72]], "330m"],
  [
    "texts that come back to the baseline are no event",
    [
      [900, 100, 48],
      [500, 500, 24],
    ],
    "330m",
  ],
  [
    "a hundred texts an hour say nothing",
    [
      [500, 500, 48],
      [8, 0, 24],
    ],
    "330m",
  ],
  [
    "the first hour is quiet, whatever happens in it",
    [
      [500, 500, 5],
      [900, 100, 7],
    ],
    "59m",
  ],
  [
    "a past of a few texts is none",
    [
      [1, 1, 48],
      [900, 100, 24],
    ],
    "330m",
  ],
  [
    "no traffic is quiet",
    [
      [500, 500, 48],
      [0, 0, 24],
    ],
    "350m",
  ],
];
for (const [what, stretches, at] of quiet)
  test(what, () => assert.deepEqual(drifted(labels(...stretches), at), []));

test("chance exceeds (1/n + 1/m) · chi-squared once in a hundred times", () => {
  const critical = (collected: Collected) =>
    evaluate({ file, collected, step: "5m" }, "model_version_feature:drift:psi_critical1h", "2h")[0]?.value ??
    Number.NaN;
  // Two bins: chi-squared of one degree of freedom at 1 % is 6.6349; 1,200 texts in the hour, 1,000 in the baseline.
  const expected = (1 / 1200 + 1 / 1000) * 6.6349;
  assert.ok(Math.abs(critical(labels([50, 50, 48])) / expected - 1) < 0.01);
});

test("a model's own past is the hours before the last one", () => {
  const found = evaluate(
    { file, collected: labels([500, 500, 24], [900, 100, 12]), step: "5m" },
    "model_version_feature:drift:psi_past1h",
    "3h",
  );
  // (0.9 - 0.5) ln(0.9 / 0.5) + (0.1 - 0.5) ln(0.1 / 0.5)
  assert.ok(Math.abs((found[0]?.value ?? 0) - 0.8789) < 0.02, JSON.stringify(found));
});
