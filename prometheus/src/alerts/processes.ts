import type { WriteAlert } from "../alert.ts";
import type { Pace } from "../duration.ts";
import { THRESHOLDS } from "../objectives.ts";
import { percent } from "../percent.ts";
import type { Alert, Tier } from "../rule.ts";
import type { WriteSubject } from "../subject.ts";

/** What the processes run short of. */
export const writeProcesses: WriteSubject = ({ pace, writeAlert }) => {
  const usage = "model_memory_usage_bytes";
  const limit = "on (model_version, job, instance) model_memory_limit_bytes";
  const trend = (half: string) => `predict_linear(${usage}[${half}, ${pace.seconds("6h")}) > ${limit}`;
  return {
    about: [
      "Memory, threads and event loops. A leak leads to the limit in each half of the last hour by itself; a step, such as a",
      "model that is loaded or one large batch, is in one of them.",
    ],
    group: {
      name: "processes",
      rules: [
        writeAlert({
          name: "ModelMemoryGrowth",
          expr: [
            `${trend(`${pace("30m")}]`)}`,
            `and on (model_version, job, instance) (${trend(`${pace("30m")}] offset ${pace("30m")}`)})`,
            `or ${usage} / ${limit} > ${THRESHOLDS.memoryRatio}`,
          ].join("\n"),
          for: pace("10m"),
          severity: "ticket",
          tier: "worker",
          summary: "{{ $labels.model_version }} {{ $labels.instance }} runs out of memory",
          description: `If its memory goes on growing as it did throughout the last hour it is at its limit within six; or it is above ${percent(THRESHOLDS.memoryRatio)} of the limit already. At the limit the kernel ends it.`,
        }),
        writeAlert({
          name: "InferenceThreadRestarting",
          expr: `sum by (model_version, job, instance) (increase(sentiment_inference_thread_restarts_total[${pace("15m")}])) > 0`,
          severity: "ticket",
          tier: "worker",
          summary:
            "{{ $labels.model_version }} {{ $labels.instance }}: its inference thread failed and was started again",
          description:
            "The callers of that run got a 503. At the third failure within a minute the worker's process ends.",
        }),
        writeLag(pace, writeAlert, "ab-proxy", "proxy"),
        writeLag(pace, writeAlert, "sentiment-worker", "worker"),
      ],
    },
  };
};

function writeLag(pace: Pace, writeAlert: WriteAlert, job: string, tier: Tier): Alert {
  return writeAlert({
    name: "EventLoopLagHigh",
    expr: `max by (job, instance) (avg_over_time(nodejs_eventloop_lag_p99_seconds{job="${job}"}[${pace("5m")}])) > ${THRESHOLDS.eventLoopLagSeconds}`,
    for: pace("5m"),
    severity: "ticket",
    tier,
    summary:
      "{{ $labels.job }} {{ $labels.instance }}: its event loop is {{ $value | humanizeDuration }} late",
    description:
      "The 99th percentile of the event loop's delay: every request of this process waits that long on top.",
  });
}
