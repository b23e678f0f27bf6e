import type { DashboardBuilder } from "@grafana/grafana-foundation-sdk/dashboard";
import { markAlerts, markRejections, markReloads, markStops, markWeights } from "./annotation.ts";
import { behaviour } from "./comparison/behaviour.ts";
import { configuration } from "./comparison/configuration.ts";
import { drift } from "./comparison/drift.ts";
import { labels } from "./comparison/labels.ts";
import { saturation } from "./comparison/saturation.ts";
import { split } from "./comparison/split.ts";
import { validity } from "./comparison/validity.ts";
import { verdict } from "./comparison/verdict.ts";
import { createDashboard } from "./dashboard.ts";
import { chooseDatasource, chooseExperiment, chooseMetrics, chooseModels } from "./variable.ts";

/** Which model is slower, hungrier, drifting or broken, and whether the comparison can be believed. */
export function compareModels(): DashboardBuilder {
  return createDashboard({
    uid: "blindsplit-comparison",
    title: "A/B comparison",
    description:
      "Two models on live traffic, side by side. Read it from the top: a broken split voids the rest.",
    rows: [verdict, validity, split, behaviour, labels, drift, saturation, configuration],
    variables: [chooseDatasource(), chooseExperiment(), chooseModels(), chooseMetrics()],
    annotations: [markStops(), markWeights(), markReloads(), markRejections(), markAlerts()],
  });
}
