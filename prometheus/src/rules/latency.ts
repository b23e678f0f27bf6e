import { THRESHOLDS } from "../objectives.ts";
import { percent } from "../percent.ts";
import type { WriteSubject } from "../subject.ts";

const metric = "sentiment_inference_seconds";
const series = `model_version:${metric}`;

/** How long each model computes: against the control, against its own past and against what was declared for it. */
export const writeLatency: WriteSubject = ({ pace, writeAlert }) => {
  /** @param range such as `[5m]` or `[1d] offset 1h` */
  const rate = (part: "sum" | "count", range: string) =>
    `sum by (model_version) (rate(${metric}_${part}${range}))`;
  const mean = (range: string) => `${rate("sum", range)} / (${rate("count", range)} > 0)`;
  const now = `[${pace("5m")}]`;
  // The day ends an hour ago: what is slow now is not its own past.
  const past = `[${pace("1d")}] offset ${pace("1h")}`;
  const ofRole = (role: string) =>
    `(${series}:mean5m and on (model_version) ab_variant_info{role="${role}"})`;
  const inBudget = [
    `  label_replace(rate(${metric}_bucket${now}), "bound", "$1", "le", "(.+?)([.]0)?")`,
    "  and on (model_version, job, instance, bound) sentiment_latency_budget_seconds",
  ].join("\n");
  const texts = `${rate("count", now)} * ${pace.seconds("5m")} >= ${THRESHOLDS.latencyTexts}`;
  return {
    about: [
      "Inference time of each model: mean, percentiles, how much slower than the control and than its own past, and how",
      "many texts took longer than the budget declared for it. Means are of _sum and _count, and exact; percentiles are as",
      "exact as their bucket.",
    ],
    group: {
      name: "latency",
      rules: [
        { record: `${series}:mean5m`, expr: mean(now) },
        { record: `${series}:mean1h`, expr: mean(`[${pace("1h")}]`) },
        ...["0.5", "0.95", "0.99"].map((quantile) => ({
          record: `model_version_quantile:${metric}:quantile5m`,
          labels: { quantile },
          expr: [
            `histogram_quantile(${quantile}, sum by (model_version, le) (rate(${metric}_bucket${now})))`,
            `and on (model_version) ${series}:mean5m`,
          ].join("\n"),
        })),
        {
          // Two controls at once, of two experiments or within a roll-out, would be two right sides: then there is no answer.
          record: `${series}:slower_ratio5m`,
          expr: [
            ofRole("treatment"),
            `/ on () group_left () (avg(${ofRole("control")}) and count(${ofRole("control")}) == 1)`,
            "- 1",
          ].join("\n"),
        },
        {
          record: `${series}:past_ratio`,
          expr: [
            `${series}:mean5m / on (model_version) (${mean(past)})`,
            `and on (model_version) ${rate("count", past)} * ${pace.seconds("1d")} >= ${THRESHOLDS.pastTexts}`,
          ].join("\n"),
        },
        {
          // A budget is one of the histogram's bounds, where the share is exact. Prometheus 3 writes le="1" as "1.0".
          record: `${series}:over_budget_ratio5m`,
          expr: `1 - sum by (model_version) (\n${inBudget}\n) / (${rate("count", now)} > 0)`,
        },
        writeAlert({
          name: "ModelLatencyRegression",
          expr: `${series}:past_ratio > ${THRESHOLDS.pastRatio}\nand on (model_version) ${texts}`,
          for: pace("10m"),
          severity: "ticket",
          tier: "worker",
          summary: "{{ $labels.model_version }} computes {{ $value | humanize }} times as long as it used to",
          description:
            "The mean inference time of the last five minutes against the model's own mean of the day that ended an hour ago. Longer texts look the same: compare InputDrift and sentiment_input_tokens.",
        }),
        writeAlert({
          name: "ModelLatencyBudgetExceeded",
          expr: `${series}:over_budget_ratio5m > ${THRESHOLDS.overBudgetRatio}\nand on (model_version) ${texts}`,
          for: pace("5m"),
          severity: "ticket",
          tier: "worker",
          summary:
            "{{ $labels.model_version }}: {{ $value | humanizePercentage }} of its texts are over their latency budget",
          description: `More than ${percent(THRESHOLDS.overBudgetRatio)} of the texts of the last five minutes took longer to compute than the worker's latency_budget (sentiment_latency_budget_seconds).`,
        }),
      ],
    },
  };
};
