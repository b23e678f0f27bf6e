import type { UpstreamAddress, UpstreamSettings } from "../config/config.ts";
import type { Series } from "../metrics/series.ts";
import type { UpstreamMetrics } from "../metrics/upstream-metrics.ts";
import { Admission } from "./admission.ts";
import { check } from "./check.ts";
import type { HealthRegistry } from "./health-registry.ts";
import { type ResolveName, resolveName } from "./name.ts";
import { pickLessBusy } from "./pick.ts";
import { RetryBudget } from "./retry-budget.ts";
import type { TotalInFlight } from "./total-in-flight.ts";
import { Upstream } from "./upstream.ts";

export interface VariantUpstreamsOptions {
  readonly variant: string;
  readonly addresses: readonly UpstreamAddress[];
  readonly settings: UpstreamSettings;
  /** `ab_upstream_in_flight` of the variant. */
  readonly inFlight: Series;
  readonly metrics: UpstreamMetrics;
  readonly health: HealthRegistry;
  readonly total: TotalInFlight;
  readonly resolve?: ResolveName;
}

/** The upstreams of one variant in one generation. */
export class VariantUpstreams {
  readonly all: readonly Upstream[];
  readonly retries: RetryBudget;
  readonly admission: Admission;
  readonly #options: VariantUpstreamsOptions;
  #healthy: readonly Upstream[] = [];
  #gauges: readonly Series[] = [];
  #state: "built" | "started" | "stopped" = "built";
  readonly #listen = () => this.#recount();

  constructor(options: VariantUpstreamsOptions) {
    const { variant, addresses, settings, metrics, health, resolve = resolveName } = options;
    this.#options = options;
    this.all = addresses.map(
      (address) =>
        new Upstream({
          address,
          settings,
          health: health.of(variant, address, settings),
          resolve,
        }),
    );
    this.#recount();
    const retries = (result: string) => metrics.retries.series({ model_version: variant, result });
    this.retries = new RetryBudget(settings.retryBudget, retries("retried"), retries("over_budget"));
    const refusals = (reason: string) => metrics.queueRefusals.series({ model_version: variant, reason });
    this.admission = new Admission({
      maxInFlight: settings.maxInFlight,
      queue: settings.queue,
      total: options.total,
      inFlight: options.inFlight,
      queued: metrics.queued.series({ model_version: variant }),
      refusals: { full: refusals("full"), timeout: refusals("timeout") },
    });
  }

  /** At least one upstream is healthy. */
  get isAvailable(): boolean {
    return this.#healthy.length > 0;
  }

  /** A healthy one for a request; not `except` if there is another; undefined when none is healthy. */
  pick(except?: Upstream): Upstream | undefined {
    return this.#healthy.length === 1 ? this.#healthy[0] : pickLessBusy(this.#healthy, except, Math.random);
  }

  /**
   * Begins checks and the following of names. When the generation is published: after the gauges of the one
   * before were cleared, before that one is retired.
   */
  start(): void {
    const { variant, addresses, settings, health, metrics } = this.#options;
    if (this.#state !== "built") return;
    this.#state = "started";
    this.#gauges = this.all.map(({ url }) =>
      metrics.healthy.series({ model_version: variant, upstream: url }),
    );
    for (const [index, upstream] of this.all.entries()) {
      upstream.start();
      upstream.health.onChange.add(this.#listen);
      health.use(variant, addresses[index] as UpstreamAddress, settings, (signal) =>
        check(upstream, settings.health, signal),
      );
    }
    this.#recount();
  }

  /** Closes idle connections. Only with nothing in flight. */
  async close(): Promise<void> {
    this.#stop();
    await Promise.all(this.all.map((upstream) => upstream.close()));
  }

  /** Ends every connection, in use or not. */
  async destroy(): Promise<void> {
    this.#stop();
    await Promise.all(this.all.map((upstream) => upstream.destroy()));
  }

  #stop(): void {
    const { variant, addresses, health } = this.#options;
    if (this.#state === "started")
      for (const [index, upstream] of this.all.entries()) {
        upstream.stop();
        upstream.health.onChange.delete(this.#listen);
        health.release(variant, addresses[index] as UpstreamAddress);
      }
    this.#state = "stopped";
  }

  #recount(): void {
    this.#healthy = this.all.filter(({ health }) => health.isHealthy);
    // Two that differ only in Host or headers share a series: it is 1 if both are well.
    for (const gauge of this.#gauges) gauge.value = 1;
    for (const [index, gauge] of this.#gauges.entries())
      if (!this.all[index]?.health.isHealthy) gauge.value = 0;
  }
}
