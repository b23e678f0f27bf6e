import {
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { DATASOURCE } from "./query.ts";

export const chooseDatasource = () =>
  new DatasourceVariableBuilder("datasource").label("Data source").type("prometheus");

export const chooseExperiment = () =>
  ofLabel("experiment", "Experiment", "ab_requests_total", "experiment").multi(false).includeAll(false);

/** Of the gateway's variants and of workers that stand alone. */
export const chooseModels = () =>
  everything(ofLabel("model", "Model", '{__name__=~"ab_variant_info|model_info"}', "model_version"));

/** That the judge compares the variants by. */
export const chooseMetrics = () => everything(ofLabel("metric", "Metric", "ab_verdict_difference", "metric"));

export const chooseGateways = () => everything(ofLabel("instance", "Gateway", "ab_config_info", "instance"));

function ofLabel(name: string, label: string, metric: string, values: string): QueryVariableBuilder {
  const query = `label_values(${metric}, ${values})`;
  return new QueryVariableBuilder(name)
    .label(label)
    .datasource(DATASOURCE)
    .definition(query)
    .query({ query, refId: name })
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc);
}

function everything(variable: QueryVariableBuilder): QueryVariableBuilder {
  return variable
    .multi(true)
    .includeAll(true)
    .current({ text: ["All"], value: ["$__all"] });
}
