import { NoUnit, PercentUnit, Short } from "@grafana/grafana-foundation-sdk/units";
import { THRESHOLDS } from "../../../prometheus/src/objectives.ts";
import { COLORS } from "../color.ts";
import { drawLines } from "../panel/lines.ts";
import { byModel, OF_MODELS } from "../query.ts";
import type { Row } from "../row.ts";

/** "Look at it", by convention. */
const SOME_DRIFT = 0.1;

function drawIndex(title: string, feature: string, about: string) {
  const of = `{${OF_MODELS},feature=~"${feature}"}`;
  return drawLines({
    title,
    description: `${about} Population stability index of the last hour against the model's own baseline: below 0.1 is none, above 0.2 is drift. Dashed: what chance alone may reach with so few texts; below that line an index says nothing.`,
    unit: NoUnit,
    min: 0,
    queries: [
      ...byModel(`max by (model_version) (model_version_feature:drift:psi1h${of})`),
      ...byModel(`max by (model_version) (model_version_feature:drift:psi_critical1h${of})`, {
        id: "critical_",
        legend: "{{model_version}} by chance",
        look: { dashed: true },
      }),
    ],
    steps: [
      { from: SOME_DRIFT, color: COLORS.notice },
      { from: THRESHOLDS.psi, color: COLORS.alarm },
    ],
  });
}

const ratio = (of: string, all: string) =>
  `sum by (model_version) (rate(${of}{${OF_MODELS}}[$__rate_interval])) / sum by (model_version) (rate(${all}{${OF_MODELS}}[$__rate_interval]))`;
const beside = (baseline: string) =>
  byModel(`max by (model_version) (${baseline}{${OF_MODELS}})`, {
    id: "baseline_",
    legend: "{{model_version}} baseline",
    look: { dashed: true },
  });

/** Whether the texts, or what a model makes of them, are still what it was measured on. */
export const drift: Row = {
  id: 500,
  title: "Drift",
  panels: [
    drawIndex("Drift of labels", "label", "How far the answers are from those to the reference data."),
    drawIndex(
      "Drift of scores",
      "confidence|regression_score",
      "How far the model's certainty (a regression's numbers) is from what it was.",
    ),
    drawIndex(
      "Drift of inputs",
      "input_characters",
      "How far the texts' lengths are from the reference data's.",
    ),
    drawLines({
      title: "Text lengths",
      description:
        "Half of the texts were shorter than the solid line, nine in ten than the dashed one, in characters. Both models get texts of like lengths, or the split is not random.",
      unit: Short,
      min: 0,
      queries: [0.5, 0.9].flatMap((q) =>
        byModel(
          `histogram_quantile(${q}, sum by (model_version, le) (rate(sentiment_input_characters_bucket{${OF_MODELS}}[$__rate_interval])))`,
          {
            id: `p${100 * q}_`,
            legend: `{{model_version}} P${100 * q}`,
            look: q === 0.5 ? {} : { dashed: true },
          },
        ),
      ),
    }),
    drawLines({
      title: "Unknown tokens",
      description:
        "Share of the tokens that the model's vocabulary does not have, beside the reference data's (dashed). A rise is another language, emoji, or names that are new.",
      unit: PercentUnit,
      min: 0,
      queries: [
        ...byModel(ratio("sentiment_unknown_tokens_total", "sentiment_input_tokens_sum")),
        ...beside("sentiment_unknown_tokens_baseline_ratio"),
      ],
    }),
    drawLines({
      title: "Characters beyond ASCII",
      description:
        "Share of the texts' characters above U+007F, beside the reference data's (dashed): accents, other scripts, emoji.",
      unit: PercentUnit,
      min: 0,
      queries: [
        ...byModel(ratio("sentiment_input_non_ascii_characters_total", "sentiment_input_characters_sum")),
        ...beside("sentiment_non_ascii_baseline_ratio"),
      ],
    }),
  ],
};
