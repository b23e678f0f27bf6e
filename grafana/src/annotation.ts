import { AnnotationQueryBuilder } from "@grafana/grafana-foundation-sdk/dashboard";
import { DataqueryBuilder } from "@grafana/grafana-foundation-sdk/prometheus";
import { COLORS } from "./color.ts";
import { DATASOURCE, OF_EXPERIMENT } from "./query.ts";

interface Marked {
  readonly name: string;
  readonly color: string;
  readonly expr: string;
  readonly title: string;
  readonly text: string;
  readonly tags?: string;
  /** The value is the moment, in milliseconds since 1970; else the series is marked while it is above 0. */
  readonly isMoment?: true;
}

const lastReload = "max by (instance) (ab_config_last_reload_success_timestamp_seconds) * 1000";

function mark({ name, color, expr, title, text, tags = "", isMoment }: Marked): AnnotationQueryBuilder {
  return new AnnotationQueryBuilder()
    .name(name)
    .enable(true)
    .iconColor(color)
    .datasource(DATASOURCE)
    .target(new DataqueryBuilder().datasource(DATASOURCE).refId("Anno").expr(expr).range())
    .titleFormat(title)
    .textFormat(text)
    .tagKeys(tags)
    .useValueForTime(isMoment === true);
}

/*
 * What happened, as marks on every panel over time. Windows are as long as Grafana's step for marks, which it makes a
 * hundredth of the period: with shorter ones an event would fall between two steps.
 */

export const markWeights = () =>
  mark({
    name: "Weight changes",
    color: COLORS.control,
    expr: `(${lastReload}) and on (instance) sum by (instance) (changes(ab_variant_weight_ratio{${OF_EXPERIMENT}}[$__rate_interval])) > 0`,
    title: "Weights changed",
    text: "{{instance}}",
    isMoment: true,
  });

/** For as long as it lasts. */
export const markStops = () =>
  mark({
    name: "Guardrail stops",
    color: COLORS.alarm,
    expr: `max by (experiment, phase) (ab_guardrail_stopped{${OF_EXPERIMENT}}) > 0`,
    title: "A treatment is stopped",
    text: "{{experiment}}, phase {{phase}}",
  });

export const markReloads = () =>
  mark({
    name: "Reloads",
    color: COLORS.reference,
    expr: lastReload,
    title: "Configuration taken over",
    text: "{{instance}}",
    isMoment: true,
  });

export const markRejections = () =>
  mark({
    name: "Rejected reloads",
    color: COLORS.notice,
    expr: 'sum by (instance) (increase(ab_config_reloads_total{result="rejected"}[$__rate_interval])) > 0',
    title: "Configuration rejected",
    text: "{{instance}}",
  });

export const markAlerts = () =>
  mark({
    name: "Alerts",
    color: COLORS.alarm,
    expr: 'max_over_time(ALERTS{alertstate="firing",severity!="none"}[$__rate_interval])',
    title: "{{alertname}}",
    text: "{{model_version}} {{instance}}",
    tags: "severity,tier",
  });
