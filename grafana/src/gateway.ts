import type { DashboardBuilder } from "@grafana/grafana-foundation-sdk/dashboard";
import { markAlerts, markRejections, markReloads } from "./annotation.ts";
import { createDashboard } from "./dashboard.ts";
import { budget } from "./gateway/budget.ts";
import { callers } from "./gateway/callers.ts";
import { configuration } from "./gateway/configuration.ts";
import { processes } from "./gateway/process.ts";
import { signals } from "./gateway/signals.ts";
import { upstreams } from "./gateway/upstreams.ts";
import { chooseDatasource, chooseGateways } from "./variable.ts";

/** Whether the gateway itself is well, whatever the models do. */
export function watchGateway(): DashboardBuilder {
  return createDashboard({
    uid: "blindsplit-gateway",
    title: "Gateway",
    description:
      "The gateway itself: traffic, errors, latency, saturation, and what stands behind and before it.",
    rows: [signals, budget, upstreams, callers, configuration, processes],
    variables: [chooseDatasource(), chooseGateways()],
    annotations: [markReloads(), markRejections(), markAlerts()],
  });
}
