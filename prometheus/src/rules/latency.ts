import type { WriteSubject } from "../subject.ts";
import { writeBudget } from "./budget.ts";
import { writeOwnPast } from "./own-past.ts";

const metric = "sentiment_inference_seconds";
const series = `model_version:${metric}`;

/** How long each model computes: against the control, against its own past and against what was declared for it. */
export const writeLatency: WriteSubject = (writing) => {
  const { pace } = writing;
  const rate = (part: "sum" | "count", range: string) =>
    `sum by (model_version) (rate(${metric}_${part}${range}))`;
  const mean = (range: string) => `${rate("sum", range)} / (${rate("count", range)} > 0)`;
  const now = `[${pace("5m")}]`;
  const ofRole = (role: string) =>
    `(${series}:mean5m and on (model_version) ab_variant_info{role="${role}"})`;
  return {
    about: [
      "Inference time of each model: mean, percentiles, how much slower than the control and than its own past, and how",
      "many texts took longer than the budget declared for it. Means are of _sum and _count, and exact; percentiles are as",
      "exact as their bucket.",
    ],
    group: {
      name: "latency",
      // A day of raw samples is read at each evaluation.
      interval: pace("30s"),
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
        ...writeBudget(writing),
        ...writeOwnPast(writing),
      ],
    },
  };
};
