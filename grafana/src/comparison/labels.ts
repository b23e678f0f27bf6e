import { PercentUnit, RequestsPerSecond, Short } from "@grafana/grafana-foundation-sdk/units";
import { COLORS } from "../color.ts";
import { drawLines } from "../panel/lines.ts";
import { byModel, OF_MODELS, one } from "../query.ts";
import type { Row } from "../row.ts";

/** What the models say. */
export const labels: Row = {
  id: 400,
  title: "Labels",
  panels: [
    drawLines({
      title: "Labels of $model",
      description:
        "What this model answers, as shares. The models need not agree, but users of both are the same people: a difference that grows is one model changing its mind.",
      unit: PercentUnit,
      min: 0,
      max: 1,
      width: 24,
      draw: "bars",
      stack: "percent",
      repeat: "model",
      colors: { positive: COLORS.positive, neutral: COLORS.neutral, negative: COLORS.negative },
      queries: [
        one(
          "labels",
          `sum by (sentiment_label) (increase(sentiment_requests_total{${OF_MODELS},status="200"}[$__rate_interval])) / scalar(sum(increase(sentiment_requests_total{${OF_MODELS},status="200"}[$__rate_interval])))`,
          "{{sentiment_label}}",
        ),
      ],
    }),
    drawLines({
      title: "Confidence",
      description:
        "Mean probability that a model gives to its own answer. It says how sure a model is, not how right; of two models the surer one need not be the better.",
      unit: PercentUnit,
      max: 1,
      queries: byModel(
        `sum by (model_version) (rate(sentiment_confidence_ratio_sum{${OF_MODELS}}[$__rate_interval])) / sum by (model_version) (rate(sentiment_confidence_ratio_count{${OF_MODELS}}[$__rate_interval]))`,
      ),
    }),
    drawLines({
      title: "Requests that a worker refused",
      description:
        "Answers of each worker that were neither a prediction nor its own failure, such as 422 for an empty text or 429 for a full queue. Refusals of one model alone make its users others than the other's.",
      unit: RequestsPerSecond,
      min: 0,
      queries: byModel(
        `sum by (model_version) (rate(sentiment_requests_total{${OF_MODELS},status=~"4.."}[$__rate_interval]))`,
      ),
    }),
    drawLines({
      title: "Texts cut short or empty",
      description:
        "Texts in this period's steps that were longer than the model reads (it saw their beginning only), and requests refused because a text was empty.",
      unit: Short,
      min: 0,
      queries: [
        ...byModel(
          `sum by (model_version) (increase(sentiment_truncated_inputs_total{${OF_MODELS}}[$__rate_interval]))`,
          { id: "cut_", legend: "{{model_version}} cut short" },
        ),
        ...byModel(
          `sum by (model_version) (increase(sentiment_empty_inputs_total{${OF_MODELS}}[$__rate_interval]))`,
          { id: "empty_", legend: "{{model_version}} empty", look: { dashed: true } },
        ),
      ],
    }),
  ],
};
