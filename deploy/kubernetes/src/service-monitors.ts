import type { IServiceMonitor } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor";

/** A tier of the product, as its Services are labelled and its rules call it. */
interface Tier {
  /** The Services' label `app.kubernetes.io/component`. */
  readonly component: "proxy" | "worker" | "judge";
  /** The Services' name of the port that serves /metrics. */
  readonly port: string;
  /** What rules, alerts and dashboards know it by, the same as in prometheus/prometheus.yml. */
  readonly job: string;
}

const TIERS: readonly Tier[] = [
  { component: "proxy", port: "admin", job: "ab-proxy" },
  { component: "worker", port: "http", job: "sentiment-worker" },
  { component: "judge", port: "judge", job: "ab-judge" },
];

/** What Prometheus Operator is told to collect: every pod by its own address. */
export function serviceMonitors(): readonly IServiceMonitor[] {
  return TIERS.map(({ component, port, job }) => ({
    apiVersion: "monitoring.coreos.com/v1",
    kind: "ServiceMonitor",
    metadata: { name: `blindsplit-${component}`, labels: { "app.kubernetes.io/name": "blindsplit" } },
    spec: {
      selector: {
        matchLabels: { "app.kubernetes.io/name": "blindsplit", "app.kubernetes.io/component": component },
      },
      endpoints: [
        {
          port,
          path: "/metrics",
          interval: "15s",
          scrapeTimeout: "10s",
          // Otherwise the job is the Service's name, and no rule would find it.
          relabelings: [{ targetLabel: "job", replacement: job }],
        },
      ],
    },
  }));
}
