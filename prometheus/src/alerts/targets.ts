import type { WriteSubject } from "../subject.ts";
import { withUsers } from "../weight.ts";
import { writeDown } from "./down.ts";

/** Is everything there that was there, and do the alerts work at all? */
export const writeTargets: WriteSubject = (writing) => {
  const { pace, writeAlert } = writing;
  return {
    about: [
      "Is everything there that was there? A service without these metrics was never there and raises nothing: what counts",
      "is what was collected within the last day. A worker that is down wakes somebody when it was the last one of a model",
      "with users.",
    ],
    group: {
      name: "targets",
      rules: [
        ...writeDown(writing),
        writeAlert({
          name: "JobAbsent",
          expr: [
            'absent(up{job="ab-proxy"})',
            `or group by (job) (present_over_time(up{job=~"ab-proxy|sentiment-worker"}[${pace("1d")}])) unless on (job) up`,
          ].join("\n"),
          for: pace("2m"),
          severity: "page",
          tier: "monitoring",
          summary: "Prometheus has no target of the job {{ $labels.job }} any more",
          description:
            "No target of this job is even looked for: it is gone from the configuration, its name leads to no address, or all its replicas are gone. TargetDown cannot see that.",
        }),
        writeAlert({
          name: "JobAbsent",
          expr: `group by (job) (present_over_time(up{job="ab-judge"}[${pace("1d")}])) unless on (job) up`,
          for: pace("5m"),
          severity: "ticket",
          tier: "experiment",
          summary: "Prometheus has no target of the job {{ $labels.job }} any more",
          description:
            "A judge was there within the last day and is not even looked for now. The verdict is the last one, and no guardrail stops anything.",
        }),
        writeAlert({
          name: "ModelMetricsAbsent",
          expr: [
            `group by (model_version) (present_over_time(model_info[${pace("1d")}])) unless on (model_version) model_info`,
            `and on (model_version) ${withUsers}`,
          ].join("\n"),
          for: pace("5m"),
          severity: "ticket",
          tier: "worker",
          summary: "{{ $labels.model_version }} gets traffic, and its worker's metrics are gone",
          description:
            "Within the last day a worker said that it serves this model, now none does, and the weights still send it users. Either no worker of it is scraped, or it does not load its model.",
        }),
        writeAlert({
          name: "DeadMansSwitch",
          expr: "vector(1)",
          severity: "none",
          tier: "monitoring",
          summary: "Alerts reach their receivers",
          description:
            "Always fires. Whoever gets it raises the alarm when it stops coming: then Prometheus, Alertmanager or the way out is broken.",
        }),
      ],
    },
  };
};
