import type { DynamicConfigValue } from "@grafana/grafana-foundation-sdk/dashboard";
import { DataqueryBuilder, PromQueryFormat } from "@grafana/grafana-foundation-sdk/prometheus";
import { COLORS } from "./color.ts";

/** How the series of one query are drawn, where that differs from the rest of its panel. */
export interface Look {
  readonly color?: string;
  readonly dashed?: boolean;
  readonly unstacked?: boolean;
  /** Another unit than the panel's; in lines with an axis of its own. */
  readonly unit?: string;
}

export interface Query {
  /** Names it within its panel. */
  readonly id: string;
  readonly expr: string;
  /** Name of each series, with labels as `{{label}}`. */
  readonly legend: string;
  readonly look?: Look;
}

/** A series over time, one value now, or one row for each series now. */
export type Reading = "range" | "instant" | "table";

export const DATASOURCE = { type: "prometheus", uid: "${datasource}" } as const;

/** Whether the selected models have this. */
export const OF_MODELS = 'model_version=~"$model"';
/** Whether the selected experiment has this; many series of the gateway have no other label to be told apart by. */
export const OF_EXPERIMENT = 'experiment=~"$experiment"';
/** Whether one of the selected gateways says this. */
export const OF_GATEWAYS = 'instance=~"$instance"';

export function one(id: string, expr: string, legend: string, look?: Look): Query {
  return { id, expr, legend, ...(look && { look }) };
}

/**
 * One query for the control and one for the other variants, so that each model keeps its colour in every panel whatever
 * it is called. Without a gateway that says which is the control, all are drawn as treatments.
 * @param expr gives one series for each `model_version`
 */
export function byModel(
  expr: string,
  { id = "", legend = "{{model_version}}", look = {} }: { id?: string; legend?: string; look?: Look } = {},
): readonly Query[] {
  const control = 'on (model_version) ab_variant_info{role="control"}';
  return [
    one(`${id}control`, `(${expr}) and ${control}`, legend, { color: COLORS.control, ...look }),
    one(`${id}treatment`, `(${expr}) unless ${control}`, legend, { color: COLORS.treatment, ...look }),
  ];
}

export function buildQuery({ id, expr, legend }: Query, reading: Reading): DataqueryBuilder {
  const query = new DataqueryBuilder().datasource(DATASOURCE).refId(id).expr(expr).legendFormat(legend);
  if (reading === "range") return query.range().format(PromQueryFormat.TimeSeries);
  return query.instant().format(reading === "table" ? PromQueryFormat.Table : PromQueryFormat.TimeSeries);
}

/** What Grafana's overrides call it. */
export function overridesOf({ color, dashed, unstacked, unit }: Look): DynamicConfigValue[] {
  return [
    ...(color === undefined ? [] : [{ id: "color", value: { mode: "fixed", fixedColor: color } }]),
    ...(dashed === true
      ? [
          { id: "custom.lineStyle", value: { fill: "dash", dash: [8, 6] } },
          { id: "custom.lineWidth", value: 2 },
          { id: "custom.fillOpacity", value: 0 },
        ]
      : []),
    ...(unstacked === true ? [{ id: "custom.stacking", value: { mode: "none", group: "unstacked" } }] : []),
    ...(unit === undefined ? [] : [{ id: "unit", value: unit }]),
  ];
}
