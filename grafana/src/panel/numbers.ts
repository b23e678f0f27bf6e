import {
  BigValueColorMode,
  BigValueGraphMode,
  BigValueTextMode,
  ReduceDataOptionsBuilder,
} from "@grafana/grafana-foundation-sdk/common";
import {
  FieldColorBuilder,
  FieldColorModeId,
  type Panel,
  type ValueMapping,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { PanelBuilder } from "@grafana/grafana-foundation-sdk/stat";
import { buildQuery } from "../query.ts";
import { type Said, say } from "./said.ts";

interface Numbers extends Said {
  /** What is written instead of a number. */
  readonly words?: readonly ValueMapping[];
}

/**
 * One big number of now for each series, with its name. The query is instant, so that there is one value only: the last
 * of several would be the wrong one after a restart.
 */
export function showNumbers(said: Numbers): Panel {
  const panel = new PanelBuilder()
    .targets(said.queries.map((query) => buildQuery(query, "instant")))
    .reduceOptions(new ReduceDataOptionsBuilder().values(false).calcs(["lastNotNull"]))
    .textMode(BigValueTextMode.ValueAndName)
    .graphMode(BigValueGraphMode.None)
    .colorMode(BigValueColorMode.Value)
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds));
  if (said.words) panel.mappings([...said.words]);
  return say(panel, said).build();
}
