import { THRESHOLDS } from "../objectives.ts";
import type { WriteSubject } from "../subject.ts";

/** How full the workers' queues are. */
export const writeSaturation: WriteSubject = ({ pace, writeAlert }) => {
  const share = (unit: "" | "_tokens") =>
    `avg_over_time(sentiment_queue_depth${unit}[${pace("5m")}]) / (sentiment_queue_limit${unit} > 0)`;
  return {
    about: [
      "How full the queue of the fullest worker of each model is, in texts or in tokens, whichever is nearer to its bound.",
    ],
    group: {
      name: "saturation",
      rules: [
        {
          // The label keeps texts and tokens of one worker apart until the larger is taken.
          record: "model_version:sentiment_queue:saturation5m",
          expr: [
            "max by (model_version) (",
            `  label_replace(${share("")}, "unit", "texts", "", "")`,
            `  or label_replace(${share("_tokens")}, "unit", "tokens", "", ""))`,
          ].join("\n"),
        },
        writeAlert({
          name: "WorkerSaturated",
          expr: `model_version:sentiment_queue:saturation5m > ${THRESHOLDS.queueSaturation}`,
          for: pace("5m"),
          severity: "ticket",
          tier: "worker",
          summary: "{{ $labels.model_version }}: the queue is {{ $value | humanizePercentage }} full",
          description:
            "More texts come than the worker computes. Answers are late, and above the bound of the queue callers get a 429.",
        }),
      ],
    },
  };
};
