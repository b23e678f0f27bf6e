import type { Span } from "../duration.ts";
import { THRESHOLDS } from "../objectives.ts";
import type { Recording } from "../rule.ts";
import type { WriteSubject } from "../subject.ts";

/** What is compared bucket by bucket: the histogram with its counts, and the shares of the baseline. */
const DISTRIBUTIONS = [
  {
    feature: "confidence",
    histogram: "sentiment_confidence_ratio",
    baseline: "sentiment_confidence_baseline_ratio",
  },
  {
    feature: "regression_score",
    histogram: "sentiment_regression_score",
    baseline: "sentiment_regression_score_baseline_ratio",
  },
  {
    feature: "input_characters",
    histogram: "sentiment_input_characters",
    baseline: "sentiment_input_characters_baseline_ratio",
  },
] as const;

const INTERVAL: Span = "30s";

/** What the last hour is compared with: the reference data, the day before, and the same hour of that. */
type Reference = "baseline" | "past" | "yesterday";

/** How far the last hour of a model is from its baseline and from its own past, and how far chance would take it. */
export const writeDrift: WriteSubject = ({ pace, writeAlert }) => {
  const hour = `[${pace("1h")}]`;
  const samples =
    "on (model_version) group_left () max by (model_version) (sentiment_label_baseline_samples)";

  // Texts up to each bound of the buckets, now and in the baseline. Prometheus 3 writes le="1" as "1.0".
  const cumulated = DISTRIBUTIONS.flatMap(({ feature, histogram, baseline }): Recording[] => [
    {
      record: "model_version_bound:drift:cumulated1h",
      labels: { feature, period: "now" },
      expr: `sum by (model_version, bound) (label_replace(increase(${histogram}_bucket${hour}), "bound", "$1", "le", "(.+?)([.]0)?"))`,
    },
    {
      record: "model_version_bound:drift:cumulated1h",
      labels: { feature, period: "baseline" },
      expr: `max by (model_version, bound) (${baseline}) * ${samples}`,
    },
  ]);

  // Which bound is below which; PromQL cannot find that from the bounds alone.
  const order = DISTRIBUTIONS.map(
    ({ feature, baseline }): Recording => ({
      record: "model_version_bound:drift:order",
      labels: { feature },
      expr: `0 * max by (model_version, bound, previous_bound) (${baseline})`,
    }),
  );

  const bins: readonly Recording[] = [
    {
      // Each bound with the count of the bound below it.
      record: "model_version_bound:drift:below1h",
      expr: [
        'label_replace(model_version_bound:drift:cumulated1h, "previous_bound", "$1", "bound", "(.+)")',
        "+ on (model_version, feature, previous_bound) group_left (bound) model_version_bound:drift:order",
      ].join("\n"),
    },
    {
      // A bucket less the one below it; the first bucket as it is.
      record: "model_version_bin:drift:texts1h",
      expr: [
        "sum by (model_version, feature, period, bin) (label_replace(",
        "  model_version_bound:drift:cumulated1h - on (model_version, feature, period, bound) model_version_bound:drift:below1h",
        "  or on (model_version, feature, period, bound)",
        "  model_version_bound:drift:cumulated1h",
        '    and on (model_version, feature, bound) model_version_bound:drift:order{previous_bound="none"},',
        '  "bin", "$1", "bound", "(.+)"))',
      ].join("\n"),
    },
    {
      record: "model_version_bin:drift:texts1h",
      labels: { feature: "label", period: "now" },
      expr: `sum by (model_version, bin) (label_replace(increase(sentiment_requests_total{status="200"}${hour}), "bin", "$1", "sentiment_label", "(.+)"))`,
    },
    {
      record: "model_version_bin:drift:texts1h",
      labels: { feature: "label", period: "baseline" },
      expr: `max by (model_version, bin) (label_replace(sentiment_label_baseline_ratio, "bin", "$1", "sentiment_label", "(.+)")) * ${samples}`,
    },
    {
      // The day ends an hour ago: what moves now is not its own past. Each sample is an hour's count, and they overlap.
      record: "model_version_bin:drift:texts1h",
      labels: { period: "past" },
      expr: [
        `sum_over_time(model_version_bin:drift:texts1h{period="now"}[${pace("1d")}] offset ${pace("1h")})`,
        `* ${pace.seconds(INTERVAL)} / ${pace.seconds("1h")}`,
      ].join("\n"),
    },
    {
      // The same hour of yesterday: what comes every night is no event.
      record: "model_version_bin:drift:texts1h",
      labels: { period: "yesterday" },
      expr: `model_version_bin:drift:texts1h{period="now"} offset ${pace("1d")}`,
    },
    {
      // Half a text more in each bin, because an empty one would make the index infinite.
      record: "model_version_bin:drift:ratio1h",
      expr: [
        "(model_version_bin:drift:texts1h + 0.5)",
        "/ on (model_version, feature, period) group_left ()",
        "sum by (model_version, feature, period) (model_version_bin:drift:texts1h + 0.5)",
      ].join("\n"),
    },
    {
      record: "model_version_feature_period:drift:texts1h",
      expr: "sum by (model_version, feature, period) (model_version_bin:drift:texts1h)",
    },
    {
      record: "model_version_feature:drift:freedom1h",
      expr: 'count by (model_version, feature) (model_version_bin:drift:texts1h{period="baseline"}) - 1',
    },
  ];

  const index = [
    ...recordIndex("model_version_feature:drift:psi", "baseline"),
    ...recordIndex("model_version_feature:drift:psi_past", "past"),
    ...recordIndex("model_version_feature:drift:psi_yesterday", "yesterday"),
  ];

  const moved = (name: string, features: string) => [
    `${name}1h{feature=~"${features}"} > ${THRESHOLDS.psi}`,
    `and on (model_version, feature) ${name}1h > ${name}_critical1h`,
  ];
  const drifted = (features: string) =>
    [
      ...moved("model_version_feature:drift:psi", features),
      "and on (model_version, feature) (",
      ...moved("model_version_feature:drift:psi_past", features),
      ")",
      // As long as there is no yesterday, the day before says it alone.
      "unless on (model_version, feature) (",
      `${texts("yesterday")} >= ${THRESHOLDS.driftTexts}`,
      "unless on (model_version, feature) (",
      ...moved("model_version_feature:drift:psi_yesterday", features),
      "))",
      `and on (model_version, feature) ${texts("now")} >= ${THRESHOLDS.driftTexts}`,
      `and on (model_version, feature) ${texts("past")} >= ${THRESHOLDS.pastTexts}`,
    ].join("\n");
  const alert = (name: string, features: string, what: string, description: string) =>
    writeAlert({
      name,
      expr: drifted(features),
      for: pace("15m"),
      keepFiringFor: pace("15m"),
      severity: "ticket",
      tier: "experiment",
      summary: `{{ $labels.model_version }}: ${what}, PSI {{ $value | humanize }}`,
      description,
    });
  return {
    about: [
      "How far the last hour is from a model's baseline: model_version_feature:drift:psi1h, the population stability index",
      "",
      "  PSI = Σ over the bins (now - baseline) · ln(now / baseline)",
      "",
      'of the answered labels (feature="label"), their probabilities ("confidence"), a regression\'s numbers',
      '("regression_score") and the lengths of the texts ("input_characters"). By convention below 0.1 is no drift and above',
      "0.2 is drift. Without any drift it is about (1/n + 1/m) · chi-squared(bins - 1) for n texts now and m in the baseline,",
      "so little traffic looks like drift: psi_critical1h is what chance exceeds once in a hundred times.",
      "",
      "Few services get texts like the reference data, and two models with different reference data never get texts like",
      "both: that is no event. psi_past1h compares with the model's own day before, psi_yesterday1h with the same hour of",
      "that, and an alert needs all three: it has moved, not as it does every day, and away from what it was measured on.",
    ],
    group: {
      name: "drift",
      interval: pace(INTERVAL),
      rules: [
        ...cumulated,
        ...order,
        ...bins,
        ...index,
        alert(
          "LabelDistributionDrift",
          "label",
          "it answers other labels than on its baseline",
          "The shares of the labels in the last hour differ from those on the reference data, and from the model's own day before and the same hour of it, by more than the convention for drift and by more than chance. Either other texts come in, or the model answers otherwise.",
        ),
        alert(
          "ScoreDistributionDrift",
          "confidence|regression_score",
          "its scores ({{ $labels.feature }}) are not those of its baseline",
          "The distribution of the scores in the last hour differs from that on the reference data, and from the model's own day before and the same hour of it, by more than the convention for drift and by more than chance: the model is surer, or less sure, than it was measured to be.",
        ),
        alert(
          "InputDrift",
          "input_characters",
          "its texts have other lengths than its baseline's",
          "The distribution of the texts' lengths in the last hour differs from that of the reference data, and from the day before and the same hour of it, by more than the convention for drift and by more than chance. What was measured about the model on those data may not hold for these.",
        ),
      ],
    },
  };
};

function texts(period: "now" | Reference): string {
  return `model_version_feature_period:drift:texts1h{period="${period}"}`;
}

/** The index of the last hour against a reference, and what chance alone exceeds once in a hundred times. */
function recordIndex(name: string, reference: Reference): readonly Recording[] {
  const now = 'model_version_bin:drift:ratio1h{period="now"}';
  const then = `model_version_bin:drift:ratio1h{period="${reference}"}`;
  const freedom = "model_version_feature:drift:freedom1h";
  return [
    {
      record: `${name}1h`,
      expr: [
        "sum by (model_version, feature) (",
        `  (${now} - ignoring (period) ${then})`,
        "  * ignoring (period)",
        `  ln(${now} / ignoring (period) ${then}))`,
        `and on (model_version, feature) ${texts("now")} > 0`,
        `and on (model_version, feature) ${texts(reference)} > 0`,
      ].join("\n"),
    },
    {
      // chi-squared by Wilson and Hilferty's cube, within 0.8 % of the tables from one degree of freedom on.
      record: `${name}_critical1h`,
      expr: [
        `(1 / (sum by (model_version, feature) (${texts("now")}) > 0)`,
        `  + 1 / (sum by (model_version, feature) (${texts(reference)}) > 0))`,
        `* ${freedom}`,
        `* (1 - 2 / (9 * ${freedom}) + ${THRESHOLDS.psiChance} * (2 / (9 * ${freedom})) ^ 0.5) ^ 3`,
      ].join("\n"),
    },
  ];
}
