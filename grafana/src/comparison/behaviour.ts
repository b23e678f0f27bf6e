import { PercentUnit, RequestsPerSecond, Seconds } from "@grafana/grafana-foundation-sdk/units";
import { THRESHOLDS } from "../../../prometheus/src/objectives.ts";
import { COLORS } from "../color.ts";
import { drawLines } from "../panel/lines.ts";
import { showNumbers } from "../panel/numbers.ts";
import { byModel, OF_EXPERIMENT, OF_MODELS, one } from "../query.ts";
import type { Row } from "../row.ts";

const quantile = (q: number, histogram: string, more: string) =>
  `histogram_quantile(${q}, sum by (model_version, le) (rate(${histogram}_bucket{${OF_MODELS}${more}}[$__rate_interval])))`;
/** The middle and the slowest hundredth of each model, as four lines. */
const middleAndTail = (histogram: string, more = "") => [
  ...byModel(quantile(0.5, histogram, more), { id: "p50_", legend: "{{model_version}} P50" }),
  ...byModel(quantile(0.99, histogram, more), {
    id: "p99_",
    legend: "{{model_version}} P99",
    look: { dashed: true },
  }),
];
const slower = `model_version:sentiment_inference_seconds:slower_ratio5m{${OF_MODELS}}`;

/** Rate, errors, duration: the models side by side. */
export const behaviour: Row = {
  id: 300,
  title: "Requests, errors, duration",
  panels: [
    drawLines({
      title: "Requests",
      description: "Requests that ended at the gateway, per second, by the variant that was to answer them.",
      unit: RequestsPerSecond,
      min: 0,
      queries: byModel(
        `sum by (model_version) (rate(ab_requests_total{${OF_EXPERIMENT},${OF_MODELS}}[$__rate_interval]))`,
      ),
    }),
    drawLines({
      title: "Errors as callers saw them",
      description:
        "Share of each variant's requests that ended with a 5xx, also where the worker was not reached at all. The dashed line is where somebody is told.",
      unit: PercentUnit,
      min: 0,
      queries: byModel(`model_version:ab_requests:error_ratio5m{${OF_MODELS}}`),
      steps: [{ from: THRESHOLDS.variantErrorRatio, color: COLORS.alarm }],
    }),
    drawLines({
      title: "Errors as the workers say",
      description:
        "Share of the predictions that a worker itself answered with a 5xx. Lower than what callers saw: the difference was lost on the way, or while it was down.",
      unit: PercentUnit,
      min: 0,
      queries: byModel(
        `sum by (model_version) (rate(sentiment_requests_total{${OF_MODELS},status=~"5.."}[$__rate_interval])) / sum by (model_version) (rate(sentiment_requests_total{${OF_MODELS}}[$__rate_interval]))`,
      ),
    }),
    drawLines({
      title: "Inference time, P50 and P99",
      description:
        "Time of the model's run alone, without waiting: half of the texts were below the solid line, all but the slowest hundredth below the dashed one. As exact as the bucket, some per cent.",
      unit: Seconds,
      min: 0,
      width: 12,
      queries: middleAndTail("sentiment_inference_seconds"),
    }),
    showNumbers({
      title: "Who is slower",
      description:
        "Mean inference time of the last five minutes over the control's, from sums and counts, so exact. One is slower by design; whether it is worth it is the question of the experiment.",
      unit: PercentUnit,
      decimals: 0,
      width: 5,
      queries: [
        one("slower", `${slower} >= 0`, "{{model_version}} is slower by"),
        one("faster", `-1 * (${slower} < 0)`, "{{model_version}} is faster by"),
      ],
    }),
    drawLines({
      title: "Slower (above 0) or faster (below 0)",
      description:
        "The same over time: how much longer than the control's, or shorter, the mean inference is. A step at a release or a weight change is its doing.",
      unit: PercentUnit,
      width: 7,
      queries: [one("slower", slower, "{{model_version}}", { color: COLORS.treatment })],
    }),
    drawLines({
      title: "Waiting time of callers, P50 and P99",
      description:
        "From a request's head at the gateway to the end of its answer, of those that were answered with 200. What lies above the inference time is queue, network and gateway.",
      unit: Seconds,
      min: 0,
      width: 12,
      queries: middleAndTail("ab_request_duration_seconds", ',status="200"'),
    }),
    drawLines({
      title: "Mean inference time",
      description: "Mean of the last five minutes: what a text costs.",
      unit: Seconds,
      min: 0,
      width: 12,
      queries: byModel(`model_version:sentiment_inference_seconds:mean5m{${OF_MODELS}}`),
    }),
    drawLines({
      title: "Slower than its own past",
      description:
        "Each model's mean over its own earlier mean: 1 is as before. A model is never judged by the other one here. Empty until there is a past.",
      unit: PercentUnit,
      width: 12,
      queries: byModel(`model_version:sentiment_inference_seconds:past_ratio{${OF_MODELS}}`),
      steps: [{ from: THRESHOLDS.pastRatio, color: COLORS.alarm }],
    }),
    drawLines({
      title: "Texts over their budget",
      description:
        "Share of the texts whose inference took longer than the budget that the worker's own file declares (latency_budget). Above the dashed line somebody is told.",
      unit: PercentUnit,
      min: 0,
      width: 12,
      queries: byModel(`model_version:sentiment_inference_seconds:over_budget_ratio5m{${OF_MODELS}}`),
      steps: [{ from: THRESHOLDS.overBudgetRatio, color: COLORS.alarm }],
    }),
  ],
};
