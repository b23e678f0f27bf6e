import { THRESHOLDS } from "../objectives.ts";
import type { WriteSubject } from "../subject.ts";
import { withoutUsers } from "../weight.ts";

/** What is wrong with the gateway's configuration or with what it sends requests to. */
export const writeGateway: WriteSubject = ({ pace, writeAlert }) => ({
  about: ["The gateway: its upstreams and its configuration."],
  group: {
    name: "gateway",
    rules: [
      writeAlert({
        name: "UpstreamEjected",
        expr: [
          "(",
          "  max by (model_version, upstream) (ab_upstream_healthy == bool 0) == 1",
          "  or",
          // Each replica takes it out by itself: one restart of it is one ejection on each.
          "  max by (model_version, upstream) (sum by (model_version, upstream, job, instance) (",
          `    increase(ab_upstream_ejections_total[${pace("15m")}]))) >= ${THRESHOLDS.ejections}`,
          ")",
          `unless on (model_version) ${withoutUsers}`,
        ].join("\n"),
        for: pace("1m"),
        severity: "ticket",
        tier: "proxy",
        summary: "{{ $labels.model_version }}: the gateway takes {{ $labels.upstream }} out of use",
        description: `An upstream is out of use for a minute, or a replica of the gateway took it out ${THRESHOLDS.ejections} times within a quarter of an hour. If it was the variant's last one, its users get 503.`,
      }),
      writeAlert({
        name: "ABConfigReloadFailed",
        expr: "min by (job, instance) (ab_config_last_reload_successful) == 0",
        for: pace("1m"),
        severity: "ticket",
        tier: "proxy",
        summary: "{{ $labels.instance }} refused its configuration and runs the one before",
        description:
          "The last reload was rejected. Nothing has changed for callers, but the file is not what runs, and a restart would fail.",
      }),
      writeAlert({
        name: "ABConfigSkew",
        expr: "count by (job) (count by (job, config_hash) (ab_config_info)) > 1",
        for: pace("3m"),
        severity: "ticket",
        tier: "proxy",
        summary: "The replicas of {{ $labels.job }} run {{ $value }} different configurations",
        description:
          "Replicas with different configurations may send one user to different variants. The counts of this time are of no use to the experiment.",
      }),
    ],
  },
});
