import {
  LegendDisplayMode,
  LegendPlacement,
  VizLegendOptionsBuilder,
} from "@grafana/grafana-foundation-sdk/common";
import {
  type DynamicConfigValue,
  type Panel,
  type ThresholdsConfig,
  ThresholdsMode,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { COLORS } from "../color.ts";
import { DATASOURCE, overridesOf, type Query } from "../query.ts";

/** From `from` on, a value has this colour; below the first it is quiet. */
export interface Step {
  readonly from: number;
  readonly color: string;
}

/** What every panel says, whatever it looks like. */
export interface Said {
  readonly title: string;
  /** What to read out of it, in a sentence. */
  readonly description: string;
  /** One of Grafana's unit ids. */
  readonly unit: string;
  readonly queries: readonly Query[];
  /** Of the 24 columns. */
  readonly width?: number;
  /** In Grafana's rows of 30 px. */
  readonly height?: number;
  readonly steps?: readonly Step[];
  readonly decimals?: number;
}

/** What the builders of all kinds of panels have in common. */
interface AnyBuilder {
  title(title: string): this;
  description(description: string): this;
  datasource(datasource: typeof DATASOURCE): this;
  unit(unit: string): this;
  span(width: number): this;
  height(height: number): this;
  decimals(decimals: number): this;
  thresholds(thresholds: { build(): ThresholdsConfig }): this;
  overrideByQuery(id: string, properties: DynamicConfigValue[]): this;
  build(): Panel;
}

export const WIDTH = 8;
export const HEIGHT = 8;

export function say<Builder extends AnyBuilder>(panel: Builder, said: Said): Builder {
  const { title, description, unit, queries, width = WIDTH, height = HEIGHT, decimals, steps = [] } = said;
  panel.title(title).description(description).datasource(DATASOURCE).unit(unit).span(width).height(height);
  panel.thresholds({ build: () => thresholdsAt(steps) });
  if (decimals !== undefined) panel.decimals(decimals);
  for (const { id, look } of queries) if (look) panel.overrideByQuery(id, overridesOf(look));
  return panel;
}

function thresholdsAt(steps: readonly Step[]): ThresholdsConfig {
  const above = steps.map(({ from, color }) => ({ value: from, color }));
  return { mode: ThresholdsMode.Absolute, steps: [{ value: null, color: COLORS.quiet }, ...above] };
}

export function legendBelow(): VizLegendOptionsBuilder {
  return new VizLegendOptionsBuilder()
    .displayMode(LegendDisplayMode.List)
    .placement(LegendPlacement.Bottom)
    .showLegend(true);
}
