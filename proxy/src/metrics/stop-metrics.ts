import type { Registry } from "prom-client";
import { NumberFamily } from "./series.ts";

export type StopMetrics = ReturnType<typeof createStopMetrics>;

/** What is said of the judge and of its stops. */
export function createStopMetrics(registry: Registry) {
  const gauge = (name: string, help: string) => new NumberFamily(registry, "gauge", name, help);
  return {
    /** Has a series only while the judge is asked. */
    reachable: gauge(
      "ab_judge_reachable",
      "1 while the judge (judge.url) answers and its letters mean the same variants as here, else 0.",
    ),
    stopped: gauge(
      "ab_guardrail_stopped",
      "1 for a variant that the judge has stopped, else 0; with judge.stop: dry-run it keeps its weight.",
    ),
  };
}
