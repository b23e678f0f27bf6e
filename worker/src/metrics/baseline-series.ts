import type { Registry } from "prom-client";
import type { Baseline } from "./baseline.ts";
import { METRICS } from "./metrics.ts";
import { gauge, type Labels, type Named, publish } from "./series.ts";

/** The gauges of a baseline; without one they are not there at all. */
export function publishBaseline(registry: Registry, version: Labels, baseline: Baseline): void {
  const labels = Object.entries(baseline.labels);
  const isRegression = labels.length === 0;
  if (!isRegression) {
    const shares = labels.map(([label, value]) => ({
      labels: { ...version, sentiment_label: label },
      value,
    }));
    publish(registry, "gauge", METRICS.labelBaseline, () => shares);
  }
  gauge(registry, METRICS.baselineSamples, version, () => baseline.samples);
  const scores = isRegression ? METRICS.regressionScoreBaseline : METRICS.confidenceBaseline;
  publishDistribution(registry, scores, version, baseline.scores);
  publishDistribution(registry, METRICS.charactersBaseline, version, baseline.input_characters);
  const { unknown_tokens: unknownTokens } = baseline;
  if (unknownTokens !== null) {
    gauge(registry, METRICS.unknownTokensBaseline, version, () => unknownTokens);
  }
  gauge(registry, METRICS.nonAsciiBaseline, version, () => baseline.non_ascii_characters);
}

/**
 * A label `bound` and not `le`, which belongs to histograms alone (promtool's lint). Each also names the bound below it,
 * because PromQL cannot step from one to the next.
 */
function publishDistribution(
  registry: Registry,
  metric: Named,
  version: Labels,
  buckets: Baseline["scores"],
): void {
  const bounds = [
    ...buckets.map(({ le, ratio }) => ({ bound: String(le), value: ratio })),
    { bound: "+Inf", value: 1 },
  ];
  const series = bounds.map(({ bound, value }, at) => ({
    labels: { ...version, bound, previous_bound: bounds[at - 1]?.bound ?? "none" },
    value,
  }));
  publish(registry, "gauge", metric, () => series);
}
