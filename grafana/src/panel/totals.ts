import { PanelBuilder } from "@grafana/grafana-foundation-sdk/barchart";
import { VisibilityMode } from "@grafana/grafana-foundation-sdk/common";
import {
  FieldColorBuilder,
  FieldColorModeId,
  MappingType,
  type Panel,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { COLORS } from "../color.ts";
import { buildQuery } from "../query.ts";
import { legendBelow, type Said, say } from "./said.ts";

interface Totals extends Said {
  /** What the bars stand for, for the axis of names. */
  readonly each: string;
  /** What their lengths count. */
  readonly count: string;
}

/**
 * One bar for each series. Reduced to rows, the names of the series become the values of one field, and so the axis;
 * that takes time series (a table would have names of its own) with a legend (the name is what it says). Names end in
 * "(control)" or "(treatment)", by which bars are coloured; that is not shown.
 */
export function showTotals(said: Totals): Panel {
  const { queries, each, count } = said;
  const panel = new PanelBuilder()
    .targets(queries.map((query) => buildQuery(query, "instant")))
    .withTransformation({
      id: "reduce",
      options: {
        reducers: ["lastNotNull"],
        mode: "seriesToRows",
        labelsToFields: false,
        includeTimeField: false,
      },
    })
    .withTransformation({
      id: "organize",
      options: {
        excludeByName: {},
        indexByName: {},
        includeByName: {},
        renameByName: { Field: each, "Last *": count },
      },
    })
    .xField(each)
    .colorByField(each)
    .xTickLabelMaxLength(40)
    .barWidth(0.6)
    .fillOpacity(90)
    .showValue(VisibilityMode.Always)
    .legend(legendBelow().showLegend(false))
    .min(0)
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Fixed).fixedColor(COLORS.reference))
    .overrideByName(each, [
      {
        id: "mappings",
        value: (["control", "treatment"] as const).map((role, index) => ({
          type: MappingType.RegexToText,
          options: {
            pattern: `/^(.*) \\(${role}\\)$/`,
            result: { text: "$1", color: COLORS[role], index },
          },
        })),
      },
    ]);
  return say(panel, said).build();
}
