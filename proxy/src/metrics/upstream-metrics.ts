import type { Registry } from "prom-client";
import { NumberFamily, type Series } from "./series.ts";

export type UpstreamMetrics = ReturnType<typeof createUpstreamMetrics>;

/** What is counted for each variant's upstreams. `upstream` holds the configured URL: a closed set, as the file names them. */
export function createUpstreamMetrics(registry: Registry) {
  const counter = (name: string, help: string) => new NumberFamily(registry, "counter", name, help);
  const gauge = (name: string, help: string) => new NumberFamily(registry, "gauge", name, help);
  return {
    healthy: gauge("ab_upstream_healthy", "1 if the upstream gets requests, 0 while it is ejected."),
    ejections: counter("ab_upstream_ejections_total", "Upstreams taken out of use, by what said so."),
    healthChecks: counter("ab_upstream_health_checks_total", "Active checks by their result."),
    dnsChanges: counter(
      "ab_upstream_dns_changes_total",
      "How often the upstream's name led to other addresses.",
    ),
    retries: counter("ab_upstream_retries_total", "Wanted retries: sent, or left out to keep to the budget."),
    queued: gauge("ab_upstream_queued", "Requests that wait for a place at the variant's upstreams now."),
    queueRefusals: counter(
      "ab_upstream_queue_refusals_total",
      "Requests that got no place at the variant's upstreams: nowhere to wait, or waited too long.",
    ),
  };
}

/** The counters of one upstream. */
export interface UpstreamRecord {
  readonly ejections: { readonly connect: Series; readonly status: Series; readonly check: Series };
  readonly checks: { readonly success: Series; readonly failure: Series };
  readonly dnsChanges: Series;
}

export function createUpstreamRecord(
  metrics: UpstreamMetrics,
  variant: string,
  upstream: string,
): UpstreamRecord {
  const labels = { model_version: variant, upstream };
  const ejections = (reason: string) => metrics.ejections.series({ ...labels, reason });
  const checks = (result: string) => metrics.healthChecks.series({ ...labels, result });
  return {
    ejections: {
      connect: ejections("connect"),
      status: ejections("status"),
      check: ejections("check"),
    },
    checks: { success: checks("success"), failure: checks("failure") },
    dnsChanges: metrics.dnsChanges.series(labels),
  };
}
