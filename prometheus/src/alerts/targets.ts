import type { WriteAlert } from "../alert.ts";
import type { Pace } from "../duration.ts";
import type { Alert, Severity, Tier } from "../rule.ts";
import type { WriteSubject } from "../subject.ts";

/** Is everything there that was there, and do the alerts work at all? */
export const writeTargets: WriteSubject = ({ pace, writeAlert }) => ({
  about: [
    "Is everything there that was there? A service without these metrics was never there and raises nothing: what counts",
    "is what was collected within the last day.",
  ],
  group: {
    name: "targets",
    rules: [
      writeDown(pace, writeAlert, "ab-proxy", "page", "proxy"),
      writeDown(pace, writeAlert, "sentiment-worker", "page", "worker"),
      writeDown(pace, writeAlert, "prometheus|alertmanager", "ticket", "monitoring"),
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
        name: "ModelMetricsAbsent",
        expr: [
          `group by (model_version) (present_over_time(model_info[${pace("1d")}])) unless on (model_version) model_info`,
          "and on (model_version) ab_variant_weight_ratio > 0",
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
});

function writeDown(pace: Pace, writeAlert: WriteAlert, jobs: string, severity: Severity, tier: Tier): Alert {
  const down = `up{job=~"${jobs}"} == 0`;
  // Which model it served says which other alerts follow from this one; Alertmanager mutes those.
  const served = `(${down}) * on (job, instance) group_right () group by (job, instance, model_version) (present_over_time(model_info[${pace("1d")}]))`;
  return writeAlert({
    name: "TargetDown",
    expr: tier === "worker" ? `${served}\nor on (job, instance) ${down}` : down,
    for: pace("1m"),
    severity,
    tier,
    summary: "{{ $labels.job }} {{ $labels.instance }} does not answer",
    description:
      "Prometheus has not been able to read its metrics for a minute. The process is dead, stuck or not reachable.",
  });
}
