import type { IPrometheusRule } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule";
import { type RuleOptions, ruleFiles } from "../../../prometheus/src/files.ts";

/** Every recording rule and alert of prometheus/, unchanged, as one object. */
export function prometheusRule(options: RuleOptions): IPrometheusRule {
  const groups = ruleFiles(options).flatMap((file) => file.groups);
  return {
    apiVersion: "monitoring.coreos.com/v1",
    kind: "PrometheusRule",
    metadata: { name: "blindsplit", labels: { "app.kubernetes.io/name": "blindsplit" } },
    spec: {
      // Operators' Prometheus often has rules of others: a group's name must be nobody else's.
      groups: groups.map(({ name, interval, rules }) => ({
        name: `blindsplit-${name}`,
        ...(interval !== undefined && { interval }),
        rules: rules.map((rule) => ({ ...rule })),
      })),
    },
  };
}
