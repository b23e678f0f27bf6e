import assert from "node:assert/strict";
import type { Sample } from "../prometheus/prometheus.ts";
import { evaluate, type Situation } from "../prometheus/rule-test.ts";
import { type PanelFile, panelsOf, readDashboards } from "./dashboard-file.ts";
import { interpolate, TYPICAL } from "./expression.ts";

/** @param title of a panel that there is once */
export function findPanel(title: string): PanelFile {
  const found = readDashboards()
    .flatMap(panelsOf)
    .filter((panel) => panel.title === title);
  const [panel] = found;
  return found.length === 1 && panel ? panel : assert.fail(`${found.length} panels are called "${title}"`);
}

/** What a query of a panel gives in a situation, at a time. */
export interface Asked {
  readonly id: string;
  readonly at: string;
  readonly models?: readonly string[];
  /** Grafana's step; left out: the panel's least. */
  readonly step?: string;
  /** What is asked instead of the query, around it. */
  readonly around?: (expr: string) => string;
}

export function askPanel(
  situation: Situation,
  { targets = [], interval, title }: PanelFile,
  { id, at, models = TYPICAL.models, step = interval, around = (expr) => expr }: Asked,
): readonly Sample[] {
  const target = targets.find(({ refId }) => refId === id) ?? assert.fail(`${title} has no query ${id}`);
  return evaluate(situation, around(interpolate(target.expr, { ...TYPICAL, models }, step)), at);
}
