import {
  type AnnotationQueryBuilder,
  DashboardBuilder,
  DashboardCursorSync,
  type DashboardLink,
  DashboardLinkType,
  type DatasourceVariableBuilder,
  type Panel,
  type QueryVariableBuilder,
  type RowPanel,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { placeRows, type Row } from "./row.ts";

interface Shown {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly rows: readonly Row[];
  readonly variables: readonly (DatasourceVariableBuilder | QueryVariableBuilder)[];
  readonly annotations: readonly AnnotationQueryBuilder[];
}

/** Shared by the dashboards, so that each links to the others. */
const TAG = "blindsplit";
const SIBLINGS: DashboardLink = {
  title: TAG,
  type: DashboardLinkType.Dashboards,
  icon: "",
  tooltip: "",
  tags: [TAG],
  asDropdown: false,
  targetBlank: false,
  includeVars: false,
  keepTime: true,
};

export function createDashboard({ uid, title, description, rows, variables, annotations }: Shown) {
  const dashboard = new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags([TAG])
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from: "now-1h", to: "now" })
    .refresh("10s")
    .variables([...variables])
    .annotations([...annotations])
    .link({ build: () => SIBLINGS });
  for (const panel of placeRows(rows)) add(dashboard, panel);
  return dashboard;
}

function add(dashboard: DashboardBuilder, panel: Panel | RowPanel): void {
  if (isRow(panel)) dashboard.withRow({ build: () => panel });
  else dashboard.withPanel({ build: () => panel });
}

function isRow(panel: Panel | RowPanel): panel is RowPanel {
  return panel.type === "row";
}
