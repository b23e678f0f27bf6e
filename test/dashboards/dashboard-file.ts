import { readFileSync } from "node:fs";
import { join } from "node:path";
import { dashboardFiles } from "../../grafana/src/files.ts";

/** A dashboard as Grafana reads it, as far as the tests look. */
export interface DashboardFile {
  readonly title: string;
  readonly uid: string;
  readonly panels: readonly PanelFile[];
  readonly templating: { readonly list: readonly VariableFile[] };
  readonly annotations: { readonly list: readonly AnnotationFile[] };
}

export interface PanelFile {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: Datasource;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly interval?: string;
  readonly repeat?: string;
  readonly targets?: readonly TargetFile[];
  readonly transformations?: readonly {
    readonly id: string;
    readonly options: Readonly<Record<string, unknown>>;
  }[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly fieldConfig: {
    readonly defaults: {
      readonly unit?: string;
      readonly min?: number;
      readonly custom?: Readonly<Record<string, unknown>>;
    };
    readonly overrides: readonly OverrideFile[];
  };
}

interface OverrideFile {
  readonly matcher: { readonly id: string; readonly options: string };
  readonly properties: readonly { readonly id: string; readonly value: unknown }[];
}

interface TargetFile {
  readonly refId: string;
  readonly expr: string;
  readonly legendFormat: string;
  readonly format: "time_series" | "table";
  readonly instant?: boolean;
  readonly datasource: Datasource;
}

interface VariableFile {
  readonly name: string;
  readonly type: string;
  readonly query: string | { readonly query: string };
  readonly datasource?: Datasource;
}

interface AnnotationFile {
  readonly name: string;
  readonly target: { readonly expr: string };
  readonly datasource: Datasource;
}

interface Datasource {
  readonly type: string;
  readonly uid: string;
}

const FOLDER = join(import.meta.dirname, "../../grafana");

/** The committed files, not what would be generated now. */
export function readDashboards(): readonly DashboardFile[] {
  return dashboardFiles().map(({ path }) => JSON.parse(readText(path)) as DashboardFile);
}

/** @param path below grafana/ */
export function readText(path: string): string {
  return readFileSync(join(FOLDER, path), "utf8");
}

/** Without the headings of rows. */
export function panelsOf({ panels }: DashboardFile): readonly PanelFile[] {
  return panels.filter(({ type }) => type !== "row");
}
