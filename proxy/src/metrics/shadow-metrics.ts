import type { Registry } from "prom-client";
import { NumberFamily } from "./series.ts";

export type ShadowMetrics = ReturnType<typeof createShadowMetrics>;

/** What is said of requests that are sent to a second variant, whose answer reaches nobody. */
export function createShadowMetrics(registry: Registry) {
  const counter = (name: string, help: string) => new NumberFamily(registry, "counter", name, help);
  return {
    requests: counter(
      "ab_shadow_requests_total",
      "Requests chosen for the shadow variant: answered, failed, or dropped so that nobody waits for them.",
    ),
    predictions: counter(
      "ab_shadow_predictions_total",
      "Answers of both variants by their labels: the caller's, and the shadow's.",
    ),
    inFlight: new NumberFamily(
      registry,
      "gauge",
      "ab_shadow_in_flight",
      "Shadow requests now, those about to be sent included.",
    ),
  };
}
