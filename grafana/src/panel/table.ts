import type { Panel } from "@grafana/grafana-foundation-sdk/dashboard";
import { PanelBuilder } from "@grafana/grafana-foundation-sdk/table";
import { buildQuery } from "../query.ts";
import { type Said, say } from "./said.ts";

interface Table extends Said {
  /** The labels that the queries' series have, in their order, with the headings that they get. */
  readonly columns: Readonly<Record<string, string>>;
}

/** One row for each series of now, without its value. */
export function showTable(said: Table): Panel {
  const panel = new PanelBuilder()
    .targets(said.queries.map((query) => buildQuery(query, "table")))
    .withTransformation({
      id: "organize",
      options: {
        excludeByName: { Time: true, Value: true },
        includeByName: {},
        indexByName: Object.fromEntries(Object.keys(said.columns).map((name, index) => [name, index])),
        renameByName: said.columns,
      },
    })
    .showHeader(true);
  return say(panel, said).build();
}
