/*
 * Which panels have data after a while of demo traffic? `npm run load:dashboards [-- --minutes N]`.
 * The real gateway and workers, two models made to differ (one fails now and then), callers of every kind, a change of the
 * weights, a configuration with a mistake, and a real Prometheus with the shipped rules. Then every expression of every panel.
 */
import { parseScale } from "../../prometheus/src/duration.ts";
import { until } from "../load/support/crowd.ts";
import { type Finding, tells } from "../load/support/findings.ts";
import { type Run, runLoad } from "../load/support/run.ts";
import { type DashboardFile, readDashboards } from "./dashboard-file.ts";
import { startTraffic } from "./demo-traffic.ts";
import { countMarks, evaluate } from "./evaluate.ts";
import type { Choices } from "./expression.ts";
import { figureOf } from "./panel-finding.ts";
import { type Over, type PrometheusProcess, startPrometheus } from "./prometheus-process.ts";
import { EXPERIMENT, FORCE_SECRET, type Stack, startStack } from "./stack.ts";

const READY_LIMIT_MS = 60_000;
const LONGEST_MINUTES = 120;
/** Points that Grafana asks for, at most. */
const POINTS = 1_000;

await runLoad(
  process,
  "load:dashboards",
  { defaults: { minutes: 10, "per-second": 20, "time-scale": "1" }, limitMinutes: LONGEST_MINUTES },
  async (run) => {
    const timeScale = parseScale(run.text("time-scale"));
    // Windows of a minute or two need samples every second.
    const scrapeSeconds = timeScale === 1 ? 5 : 1;
    const stack = await startStack(run);
    try {
      const prometheus = await startPrometheus(run, { addresses: stack.addresses, timeScale, scrapeSeconds });
      // A rate is seen only from a first sample on.
      await until(() => prometheus.allUp(), "all targets are up", READY_LIMIT_MS, 250);
      return await observe(run, stack, prometheus, scrapeSeconds);
    } finally {
      await stack.stop();
    }
  },
);

async function observe(
  run: Run,
  stack: Stack,
  prometheus: PrometheusProcess,
  scrapeSeconds: number,
): Promise<readonly Finding[]> {
  const from = Date.now() / 1000;
  const traffic = startTraffic({
    url: stack.url,
    perSecond: run.count("per-second"),
    experiment: EXPERIMENT,
    forceSecret: FORCE_SECRET,
  });
  try {
    await letHappen(run, stack, from);
    const to = Date.now() / 1000;
    const over = { from, to, stepSeconds: Math.max(scrapeSeconds, Math.ceil((to - from) / POINTS)) };
    const choices = await choose(prometheus, over, scrapeSeconds);
    const findings: Finding[] = [];
    let [filled, all] = [0, 0];
    for (const dashboard of readDashboards()) {
      const shown = await evaluate(prometheus, dashboard, choices, over);
      filled += shown.filter(({ series }) => series > 0).length;
      all += shown.length;
      findings.push(...shown.map(figureOf), ...(await tellMarks(prometheus, dashboard, choices, over)));
    }
    const { sent, statuses } = traffic.counts();
    const answers = [...statuses].map(([status, count]) => `${status} ${count}`).join(", ");
    return [
      ...findings,
      tells("alerts that fired", await nameAlerts(prometheus, over)),
      tells("requests", `${sent}: ${answers}`),
      tells("panels with data", `${filled} of ${all}`),
    ];
  } finally {
    await traffic.stop();
  }
}

/** What marks leave on the panels, spread over the run. */
async function letHappen(run: Run, { proxy, configure }: Stack, from: number): Promise<void> {
  const durationMs = run.count("minutes") * 60_000;
  const events: readonly (readonly [string, () => Promise<void>])[] = [
    ["weights 60/40", () => proxy.write(configure(60, 40))],
    ["a configuration with a mistake", () => proxy.write(configure(60, 70))],
    ["the one before", () => proxy.write(configure(60, 40))],
    ["the end", async () => undefined],
  ];
  for (const [index, [what, act]] of events.entries()) {
    const due = from + (((index + 1) / events.length) * durationMs) / 1000;
    await until(() => Date.now() / 1000 >= due, what, durationMs + READY_LIMIT_MS, 250);
    run.say(`${Math.round(Date.now() / 1000 - from)} s: ${what}`);
    await act();
  }
}

/** What the variables at the top of a dashboard offer, all of it chosen. */
async function choose(
  prometheus: PrometheusProcess,
  { from, to }: Over,
  scrapeSeconds: number,
): Promise<Choices> {
  const models = await prometheus.labelValues("model_version", '{__name__=~"ab_variant_info|model_info"}');
  const instances = await prometheus.labelValues("instance", "ab_config_info");
  const metrics = await prometheus.labelValues("metric", "ab_verdict_difference");
  return {
    models,
    experiment: EXPERIMENT,
    instances,
    metrics,
    rangeSeconds: Math.round(to - from),
    scrapeSeconds,
  };
}

async function nameAlerts(prometheus: PrometheusProcess, { from, to }: Over): Promise<string> {
  const fired = `ALERTS{alertstate="firing",severity!="none"}[${Math.round(to - from)}s]`;
  const alerts = await prometheus.instant(`count by (alertname) (max_over_time(${fired}))`, to);
  const names = alerts.map(({ labels }) => labels.alertname ?? "");
  return names.length === 0 ? "none" : names.sort().join(", ");
}

async function tellMarks(
  prometheus: PrometheusProcess,
  dashboard: DashboardFile,
  choices: Choices,
  over: Over,
): Promise<readonly Finding[]> {
  const marks = await countMarks(prometheus, dashboard, choices, over);
  return [...marks].map(([name, count]) => tells(`${dashboard.title}, marks: ${name}`, count));
}
