import type { Registry } from "prom-client";
import { NumberFamily } from "./series.ts";

export type RateMetrics = ReturnType<typeof createRateMetrics>;

/** What the rate limit counts; refusals are counted where all of them are, by the code `rate_limited`. */
export function createRateMetrics(registry: Registry) {
  const counter = (name: string, help: string) => new NumberFamily(registry, "counter", name, help).series();
  return {
    /** Has a series only where the configuration names a Redis. */
    storeUp: new NumberFamily(
      registry,
      "gauge",
      "ab_rate_limit_store_up",
      "1 while the Redis that replicas share their counts in answers, else 0.",
    ),
    insured: counter(
      "ab_rate_limit_insured_total",
      "Requests counted in this process alone because the shared Redis did not answer.",
    ),
    untracked: counter(
      "ab_rate_limit_untracked_total",
      "Requests let through uncounted because too many units were being counted in this process.",
    ),
  };
}
