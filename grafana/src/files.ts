import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { compareModels } from "./comparison.ts";
import { watchGateway } from "./gateway.ts";

export interface DashboardFile {
  /** Below grafana/. */
  readonly path: string;
  readonly dashboard: Dashboard;
}

/** Every dashboard; the same at every call, to the byte. */
export function dashboardFiles(): readonly DashboardFile[] {
  return [
    { path: "dashboards/comparison.json", dashboard: compareModels().build() },
    { path: "dashboards/gateway.json", dashboard: watchGateway().build() },
  ];
}

export function write(dashboard: Dashboard): string {
  return `${JSON.stringify(dashboard, null, 2)}\n`;
}
