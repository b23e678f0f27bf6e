import { THRESHOLDS } from "../objectives.ts";
import { percent } from "../percent.ts";
import type { Rule } from "../rule.ts";
import type { Writing } from "../subject.ts";

const metric = "sentiment_inference_seconds";

/** The share of texts that took longer than their worker declared, and who is told. */
export function writeBudget({ pace, writeAlert }: Writing): readonly Rule[] {
  const now = `[${pace("5m")}]`;
  const ratio = `model_version:${metric}:over_budget_ratio5m`;
  // Both sides are of the workers that had a budget in these five minutes: one without any, or one that has left, must
  // not count as slow.
  const declared = `last_over_time(sentiment_latency_budget_seconds${now})`;
  const texts = `sum by (model_version) (rate(${metric}_count${now}) and on (model_version, job, instance) ${declared})`;
  return [
    {
      // A budget is one of the histogram's bounds, where the share is exact. Prometheus 3 writes le="1" as "1.0". A worker
      // whose budget changes has two for five minutes, of which the larger counts.
      record: ratio,
      expr: [
        "1 - sum by (model_version) (max by (model_version, job, instance) (",
        `  label_replace(rate(${metric}_bucket${now}), "bound", "$1", "le", "(.+?)([.]0)?")`,
        `  and on (model_version, job, instance, bound) ${declared}`,
        `)) / (${texts} > 0)`,
      ].join("\n"),
    },
    writeAlert({
      name: "ModelLatencyBudgetExceeded",
      expr: [
        `${ratio} > ${THRESHOLDS.overBudgetRatio}`,
        `and on (model_version) ${texts} * ${pace.seconds("5m")} >= ${THRESHOLDS.latencyTexts}`,
      ].join("\n"),
      for: pace("5m"),
      severity: "ticket",
      tier: "worker",
      summary:
        "{{ $labels.model_version }}: {{ $value | humanizePercentage }} of its texts are over their latency budget",
      description: `More than ${percent(THRESHOLDS.overBudgetRatio)} of the texts of the last five minutes took longer to compute than the worker's latency_budget (sentiment_latency_budget_seconds).`,
    }),
  ];
}
