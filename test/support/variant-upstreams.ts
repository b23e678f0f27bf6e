import type { TestContext } from "node:test";
import type { UpstreamAddress, UpstreamSettings } from "../../proxy/src/config/config.ts";
import { createLog } from "../../proxy/src/log.ts";
import { createMetrics } from "../../proxy/src/metrics/metrics.ts";
import { HealthRegistry } from "../../proxy/src/upstream/health-registry.ts";
import type { ResolveName } from "../../proxy/src/upstream/name.ts";
import { TotalInFlight } from "../../proxy/src/upstream/total-in-flight.ts";
import type { Upstream } from "../../proxy/src/upstream/upstream.ts";
import { VariantUpstreams } from "../../proxy/src/upstream/variant-upstreams.ts";

const SETTINGS: UpstreamSettings = {
  connectTimeoutMs: 1000,
  firstByteTimeoutMs: 5000,
  idleTimeoutMs: 5000,
  totalTimeoutMs: undefined,
  keepAliveMs: 4000,
  maxInFlight: 512,
  queue: { size: 0, timeoutMs: 1000 },
  retryBudget: 0.2,
  requireFraming: false,
  onUnavailable: "fail",
  dnsRefreshMs: 30_000,
  health: { path: undefined, intervalMs: 20, timeoutMs: 1000, healthyAfter: 1, unhealthyAfter: 3 },
  ejection: { afterFailures: 3, baseMs: 20, maxMs: 80 },
};

/** The defaults, but with checks and back-offs of some milliseconds. */
export function upstreamSettings(more: Partial<UpstreamSettings> = {}): UpstreamSettings {
  return { ...SETTINGS, ...more };
}

export function addressTo(url: string, more: Partial<UpstreamAddress> = {}): UpstreamAddress {
  return { url, host: undefined, headers: {}, tls: undefined, ...more };
}

/** What lives as long as the process, and the generations of one variant in it, `only` unless another is named. */
export function createUpstreamProcess(t: TestContext) {
  const { upstream: metrics, stop } = createMetrics({ residentBytes: () => 1, cpuSeconds: () => 1 });
  t.after(stop);
  const log: string[] = [];
  const health = new HealthRegistry(metrics, createLog("info", { write: (line) => void log.push(line) }));
  const total = new TotalInFlight();
  return {
    metrics,
    total,
    log: () => log.map((line) => JSON.parse(line) as Record<string, unknown>),
    /** Publishes a generation, as a reload does; the one before is for the test to close. */
    publish(
      addresses: readonly UpstreamAddress[],
      more: Partial<UpstreamSettings> = {},
      resolve?: ResolveName,
      variant = "only",
    ): VariantUpstreams {
      const upstreams = new VariantUpstreams({
        variant,
        addresses,
        settings: upstreamSettings(more),
        inFlight: { value: 0 },
        metrics,
        health,
        total,
        ...(resolve && { resolve }),
      });
      metrics.healthy.clear();
      upstreams.start();
      t.after(() => upstreams.destroy());
      return upstreams;
    },
    /** Of all series with these labels; undefined if there is none. */
    metric(name: keyof typeof metrics, labels: Record<string, string> = {}): number | undefined {
      const found = metrics[name]
        .samples()
        .filter((sample) => Object.entries(labels).every(([key, value]) => sample.labels[key] === value));
      return found.length === 0 ? undefined : found.reduce((sum, { value }) => sum + value, 0);
    },
  };
}

/** `GET` through the upstream's pool, reported to its health as the request side does. */
export async function send(upstream: Upstream): Promise<{ status: number; text: string }> {
  try {
    const { statusCode, body } = await upstream.dispatcher.request({
      path: `${upstream.basePath}/`,
      method: "GET",
      headers: ["host", upstream.authority, ...upstream.headers],
    });
    if (statusCode >= 502 && statusCode <= 504) upstream.failed("status");
    else upstream.succeeded();
    return { status: statusCode, text: await body.text() };
  } catch (error) {
    upstream.failed("connect", (error as Error).message);
    throw error;
  }
}

/** Asks again until it holds; the test's own deadline ends it otherwise. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 2));
}
