import { type DashboardFile, type PanelFile, panelsOf } from "./dashboard-file.ts";
import { type Choices, interpolate } from "./expression.ts";
import type { Over, PrometheusProcess, Series } from "./prometheus-process.ts";

/** What a panel would have shown. */
export interface Shown {
  readonly dashboard: string;
  readonly panel: string;
  /** Series with at least one number. */
  readonly series: number;
  /** No number of them is another than 0. */
  readonly allZero: boolean;
  /** Queries that gave nothing at all, by their names. */
  readonly empty: readonly string[];
  /** Labels that a legend names and a series does not have. */
  readonly unnamed: readonly string[];
}

/** Grafana asks for marks in so many steps, however wide the panel is. */
const MARK_STEPS = 100;

/** Asks Prometheus everything that Grafana would ask for this dashboard and this time. */
export async function evaluate(
  prometheus: PrometheusProcess,
  dashboard: DashboardFile,
  choices: Choices,
  over: Over,
): Promise<readonly Shown[]> {
  const shown: Shown[] = [];
  for (const panel of panelsOf(dashboard)) {
    // A panel that is repeated stands there once for each model.
    const copies =
      panel.repeat === "model"
        ? choices.models.map((model) => ({ title: panel.title.replace("$model", model), models: [model] }))
        : [{ title: panel.title, models: choices.models }];
    for (const { title, models } of copies)
      shown.push(await look(prometheus, { ...panel, title }, { ...choices, models }, over, dashboard.title));
  }
  return shown;
}

async function look(
  prometheus: PrometheusProcess,
  { title, targets = [], interval }: PanelFile,
  choices: Choices,
  over: Over,
  dashboard: string,
): Promise<Shown> {
  const found = await Promise.all(
    targets.map(async ({ refId, expr, instant, legendFormat }) => {
      const query = interpolate(expr, choices, interval);
      const series =
        instant === true ? await prometheus.instant(query, over.to) : await prometheus.range(query, over);
      return { refId, legendFormat, series: series.filter(({ values }) => values.length > 0) };
    }),
  );
  const all = found.flatMap(({ series }) => series);
  return {
    dashboard,
    panel: title,
    series: all.length,
    allZero: all.every(({ values }) => values.every((value) => value === 0)),
    empty: found.filter(({ series }) => series.length === 0).map(({ refId }) => refId),
    unnamed: found.flatMap(({ legendFormat, series }) => unnamedOf(legendFormat, series)),
  };
}

function unnamedOf(legend: string, series: readonly Series[]): readonly string[] {
  const names = [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, name = ""]) => name);
  return names.filter((name) => series.some(({ labels }) => (labels[name] ?? "") === ""));
}

/** What happened meanwhile, as marks: how many of each annotation. */
export async function countMarks(
  prometheus: PrometheusProcess,
  { annotations }: DashboardFile,
  choices: Choices,
  over: Over,
): Promise<ReadonlyMap<string, number>> {
  const stepSeconds = Math.max(choices.scrapeSeconds, Math.ceil(choices.rangeSeconds / MARK_STEPS));
  const marks = new Map<string, number>();
  for (const { name, target } of annotations.list) {
    const series = await prometheus.range(interpolate(target.expr, choices, `${stepSeconds}s`), {
      ...over,
      stepSeconds,
    });
    const isMoment = target.expr.includes("timestamp_seconds");
    // A mark at a moment is the same at every step; others are one mark a series.
    const found = isMoment
      ? new Set(series.flatMap(({ values }) => values.map((value) => Math.round(value)))).size
      : series.length;
    marks.set(name, found);
  }
  return marks;
}
