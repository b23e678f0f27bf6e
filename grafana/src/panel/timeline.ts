import { VisibilityMode } from "@grafana/grafana-foundation-sdk/common";
import { FieldColorBuilder, FieldColorModeId, type Panel } from "@grafana/grafana-foundation-sdk/dashboard";
import { PanelBuilder } from "@grafana/grafana-foundation-sdk/statetimeline";
import { COLORS } from "../color.ts";
import { buildQuery } from "../query.ts";
import { legendBelow, type Said, say } from "./said.ts";

/** A bar for each series, as long as it was there. */
export function drawTimeline(said: Said): Panel {
  const panel = new PanelBuilder()
    .targets(said.queries.map((query) => buildQuery(query, "range")))
    .showValue(VisibilityMode.Never)
    .mergeValues(true)
    .rowHeight(0.7)
    .fillOpacity(80)
    .legend(legendBelow().showLegend(false))
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Fixed).fixedColor(COLORS.quiet));
  return say(panel, said).build();
}
