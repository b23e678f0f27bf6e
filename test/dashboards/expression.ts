import type { DashboardFile, PanelFile } from "./dashboard-file.ts";
import { panelsOf } from "./dashboard-file.ts";

/** What Grafana puts in for the variables of a query. */
export interface Choices {
  readonly models: readonly string[];
  readonly experiment: string;
  readonly instances: readonly string[];
  /** That the judge compares by. */
  readonly metrics: readonly string[];
  /** Seconds that the dashboard shows. */
  readonly rangeSeconds: number;
  readonly scrapeSeconds: number;
}

export const TYPICAL: Choices = {
  models: ["distilbert", "roberta"],
  experiment: "sentiment-blind-test",
  instances: ["127.0.0.1:8081"],
  metrics: ["error_ratio", "macro_recall"],
  rangeSeconds: 3600,
  scrapeSeconds: 5,
};

/** As Grafana does it; a variable that is not known stays, and promtool refuses it. @param interval the panel's least step */
export function interpolate(expr: string, choices: Choices = TYPICAL, interval?: string): string {
  const stepSeconds = interval === undefined ? choices.scrapeSeconds : seconds(interval);
  const rateSeconds = Math.max(stepSeconds + choices.scrapeSeconds, 4 * choices.scrapeSeconds);
  return expr
    .replaceAll("$__rate_interval", `${rateSeconds}s`)
    .replaceAll("$__interval", `${stepSeconds}s`)
    .replaceAll("$__range", `${choices.rangeSeconds}s`)
    .replaceAll("$model", anyOf(choices.models))
    .replaceAll("$metric", anyOf(choices.metrics))
    .replaceAll("$experiment", choices.experiment)
    .replaceAll("$instance", anyOf(choices.instances));
}

/** Several chosen values are alternatives of a regular expression. */
function anyOf(values: readonly string[]): string {
  return `(${values.join("|")})`;
}

function seconds(interval: string): number {
  const [, count, unit] = /^(\d+)([sm])$/.exec(interval) ?? [];
  if (count === undefined)
    throw new Error(`${interval} is no interval that this test knows: seconds or minutes`);
  return Number(count) * (unit === "m" ? 60 : 1);
}

/** Every expression of a dashboard, interpolated, with where it stands. */
export function expressionsOf(dashboard: DashboardFile): readonly { where: string; expr: string }[] {
  const ofPanel = ({ title, targets = [], interval }: PanelFile) =>
    targets.map(({ refId, expr }) => ({
      where: `${dashboard.title}, ${title}, ${refId}`,
      expr: interpolate(expr, TYPICAL, interval),
    }));
  const ofAnnotations = dashboard.annotations.list.map(({ name, target }) => ({
    where: `${dashboard.title}, annotation ${name}`,
    expr: interpolate(target.expr),
  }));
  return [...panelsOf(dashboard).flatMap(ofPanel), ...ofAnnotations];
}
