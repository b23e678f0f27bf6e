import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CommandError } from "../../worker/evaluation/command-error.ts";
import { type Child, freePort, untilListening } from "../load/support/children.ts";
import { until } from "../load/support/crowd.ts";
import type { Run } from "../load/support/run.ts";
import type { Sink } from "./sink.ts";

const ROOT = join(import.meta.dirname, "../..");
const START_LIMIT_MS = 60_000;
const ASK_LIMIT_MS = 10_000;

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A Prometheus with the shipped rules and an Alertmanager with the shipped routes, both in compressed time. */
export interface Monitoring {
  query(expression: string): Promise<readonly Sample[]>;
  /** Alerts that are firing or pending now, but for the dead man's switch. */
  alerts(): Promise<readonly string[]>;
  stop(): Promise<void>;
}

/** What is scraped: addresses by job. */
export type Targets = Readonly<Record<"ab-proxy" | "sentiment-worker", readonly string[]>>;

/** Rules and routes of one time scale, and the targets: both monitors may be started from them again and again. */
export interface MonitoringFiles {
  readonly folder: string;
  readonly rules: string;
  /** Alertmanager's configuration. */
  readonly routes: string;
}

/** Drills scrape every second, whatever their scale: a shorter pause would be the machine's noise. */
const SCRAPE_INTERVAL = "1s";
const GENERATION_LIMIT_MS = 30_000;

/** What `npm run generate` and the containers make, but in compressed time, with the sink as every receiver. */
export async function generateFiles(run: Run, sink: Sink, timeScale: number): Promise<MonitoringFiles> {
  const folder = join(run.folder, "monitoring");
  const [rules, routes] = [join(folder, "rules"), join(folder, "alertmanager.yml")];
  mkdirSync(rules, { recursive: true });
  const scale = ["--time-scale", String(timeScale)];
  await generate(run, "prometheus/src/main.ts", [...scale, "--out", rules]);
  await generate(run, "prometheus/src/alertmanager/main.ts", [...scale, "--out", routes], {
    BLINDSPLIT_ON_CALL_WEBHOOK: sink.urlOf("on-call"),
    BLINDSPLIT_TICKETS_WEBHOOK: sink.urlOf("tickets"),
    BLINDSPLIT_EXPERIMENT_WEBHOOK: sink.urlOf("experiment"),
    BLINDSPLIT_HEARTBEAT_URL: sink.urlOf("heartbeat"),
    BLINDSPLIT_DRILL_URL: sink.urlOf("drill"),
  });
  return { folder, rules, routes };
}

async function generate(
  run: Run,
  script: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const child = run.children.start(script, [run.node, join(ROOT, script), ...args], {
    env: { ...run.environment, ...env },
  });
  await until(() => !child.running(), `${script} is done`, GENERATION_LIMIT_MS);
  if ((await child.stop()) !== 0) throw new CommandError("not_generated", `${script}: ${child.said()}`);
}

/** Prometheus reads the file anew as soon as it changes. */
export function writeTargets({ folder }: MonitoringFiles, targets: Targets): void {
  for (const [job, addresses] of Object.entries(targets)) {
    const file = join(folder, `${job}.targets.json`);
    writeFileSync(`${file}.new`, JSON.stringify([{ targets: addresses.map((url) => new URL(url).host) }]));
    renameSync(`${file}.new`, file);
  }
}

export async function startMonitoring(run: Run, files: MonitoringFiles): Promise<Monitoring> {
  const [port, alertmanagerPort] = [await freePort(), await freePort()];
  const data = join(files.folder, `data-${port}`);
  mkdirSync(data);
  const alertmanager = await startAlertmanager(run, files, alertmanagerPort, data);
  const configFile = join(data, "prometheus.json");
  writeFileSync(configFile, JSON.stringify(prometheusConfig(files, port, alertmanagerPort)));
  const prometheus = run.children.start(
    "prometheus",
    [
      ...["prometheus", `--config.file=${configFile}`, `--storage.tsdb.path=${join(data, "prometheus")}`],
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { env: run.environment },
  );
  const ready = (at: number) => () => isReady(`http://127.0.0.1:${at}/-/ready`);
  await untilListening(prometheus, port);
  await until(ready(port), "Prometheus is ready", START_LIMIT_MS, 100);
  await until(ready(alertmanagerPort), "Alertmanager is ready", START_LIMIT_MS, 100);
  const query = (expression: string) => ask(port, expression);
  return {
    query,
    async alerts() {
      const samples = await query('ALERTS{alertname!="DeadMansSwitch"}');
      return samples.map(({ labels }) => `${labels.alertname} ${labels.alertstate}`).sort();
    },
    async stop() {
      await Promise.all([prometheus.stop(), alertmanager.stop()]);
    },
  };
}

async function startAlertmanager(
  run: Run,
  { routes }: MonitoringFiles,
  port: number,
  data: string,
): Promise<Child> {
  const child = run.children.start(
    "alertmanager",
    [
      ...[
        "prometheus-alertmanager",
        `--config.file=${routes}`,
        `--storage.path=${join(data, "alertmanager")}`,
      ],
      ...[`--web.listen-address=127.0.0.1:${port}`, "--cluster.listen-address="],
    ],
    { env: run.environment },
  );
  await untilListening(child, port);
  return child;
}

function prometheusConfig(files: MonitoringFiles, port: number, alertmanagerPort: number): object {
  const fixed = (job: string, at: number) => ({
    job_name: job,
    static_configs: [{ targets: [`127.0.0.1:${at}`] }],
  });
  const watched = (job: string) => ({
    job_name: job,
    file_sd_configs: [{ files: [join(files.folder, `${job}.targets.json`)], refresh_interval: "5s" }],
  });
  return {
    global: {
      scrape_interval: SCRAPE_INTERVAL,
      scrape_timeout: SCRAPE_INTERVAL,
      evaluation_interval: SCRAPE_INTERVAL,
    },
    rule_files: [join(files.rules, "rules/*.yml"), join(files.rules, "alerts/*.yml")],
    alerting: { alertmanagers: [{ static_configs: [{ targets: [`127.0.0.1:${alertmanagerPort}`] }] }] },
    scrape_configs: [
      ...[watched("ab-proxy"), watched("sentiment-worker")],
      ...[fixed("prometheus", port), fixed("alertmanager", alertmanagerPort)],
    ],
  };
}

async function isReady(url: string): Promise<boolean> {
  return fetch(url, { signal: AbortSignal.timeout(ASK_LIMIT_MS) }).then(
    async (response) => {
      await response.body?.cancel();
      return response.ok;
    },
    () => false,
  );
}

async function ask(port: number, expression: string): Promise<readonly Sample[]> {
  const url = `http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(expression)}`;
  const answer = (await (await fetch(url, { signal: AbortSignal.timeout(ASK_LIMIT_MS) })).json()) as {
    readonly error?: string;
    readonly data?: { readonly result: readonly { metric: Sample["labels"]; value: [number, string] }[] };
  };
  if (answer.data === undefined) throw new CommandError("query_refused", `${expression}: ${answer.error}`);
  return answer.data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
}
