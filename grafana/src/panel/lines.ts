import {
  GraphDrawStyle,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LineInterpolation,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizTooltipOptionsBuilder,
} from "@grafana/grafana-foundation-sdk/common";
import { FieldColorBuilder, FieldColorModeId, type Panel } from "@grafana/grafana-foundation-sdk/dashboard";
import { PanelBuilder } from "@grafana/grafana-foundation-sdk/timeseries";
import { buildQuery, overridesOf } from "../query.ts";
import { legendBelow, type Said, say } from "./said.ts";

interface Lines extends Said {
  readonly min?: number;
  readonly max?: number;
  readonly draw?: keyof typeof DRAWINGS;
  readonly stack?: "normal" | "percent";
  /** One panel for each value of this variable. */
  readonly repeat?: string;
  /** Of series, by their names. */
  readonly colors?: Readonly<Record<string, string>>;
}

const DRAWINGS = {
  lines: { style: GraphDrawStyle.Line, interpolation: LineInterpolation.Linear, width: 2, fill: 0 },
  areas: { style: GraphDrawStyle.Line, interpolation: LineInterpolation.Linear, width: 1, fill: 50 },
  steps: { style: GraphDrawStyle.Line, interpolation: LineInterpolation.StepAfter, width: 2, fill: 0 },
  bars: { style: GraphDrawStyle.Bars, interpolation: LineInterpolation.Linear, width: 0, fill: 90 },
} as const;
/** Counts by step need steps of several scrapes, or `$__rate_interval` is several steps and counts everything as often. */
export const COUNTED_STEP = "1m";
const STACKS = {
  none: StackingMode.None,
  normal: StackingMode.Normal,
  percent: StackingMode.Percent,
} as const;

/** Series over time; thresholds are dashed lines. */
export function drawLines(said: Lines): Panel {
  const { queries, min, max, draw = "lines", stack = "none", steps, repeat, colors = {} } = said;
  const { style, interpolation, width, fill } = DRAWINGS[draw];
  const panel = new PanelBuilder()
    .targets(queries.map((query) => buildQuery(query, "range")))
    .drawStyle(style)
    .lineInterpolation(interpolation)
    .lineWidth(width)
    .fillOpacity(fill)
    .showPoints(VisibilityMode.Never)
    .stacking(new StackingConfigBuilder().mode(STACKS[stack]).group("A"))
    .legend(legendBelow())
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending))
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.PaletteClassicByName));
  if (min !== undefined) panel.min(min);
  if (max !== undefined) panel.max(max);
  if (steps !== undefined)
    panel.thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed));
  if (queries.some(({ expr }) => expr.includes("increase("))) panel.interval(COUNTED_STEP);
  if (repeat !== undefined) panel.repeat(repeat).repeatDirection("h").maxPerRow(4);
  for (const [name, color] of Object.entries(colors)) panel.overrideByName(name, overridesOf({ color }));
  return say(panel, said).build();
}
