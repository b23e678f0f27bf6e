import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { writeRuleFiles } from "../../prometheus/src/write.ts";
import { freePort, untilListening } from "../load/support/children.ts";
import { until } from "../load/support/crowd.ts";
import type { Run } from "../load/support/run.ts";

const CONFIG = join(import.meta.dirname, "../../prometheus/local.yml");
const READY_LIMIT_MS = 60_000;
const ASK_LIMIT_MS = 30_000;

/** A series of an answer: its labels, and its values that are numbers. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly values: readonly number[];
}

export interface Over {
  /** Seconds since 1970. */
  readonly from: number;
  readonly to: number;
  readonly stepSeconds: number;
}

export interface PrometheusProcess {
  instant(expr: string, at: number): Promise<readonly Series[]>;
  range(expr: string, over: Over): Promise<readonly Series[]>;
  /** What a variable of a dashboard offers. */
  labelValues(label: string, selector: string): Promise<readonly string[]>;
  /** Whether every target was scraped. */
  allUp(): Promise<boolean>;
}

interface Scraped {
  /** By the addresses of the shipped configuration. */
  readonly addresses: Readonly<Record<string, string>>;
  readonly timeScale: number;
  readonly scrapeSeconds: number;
}

/** The shipped configuration and rules, with the addresses of this run, and nobody told of alerts. */
export async function startPrometheus(
  run: Run,
  { addresses, timeScale, scrapeSeconds }: Scraped,
): Promise<PrometheusProcess> {
  const config = parse(await readFile(CONFIG, "utf8"));
  delete config.alerting;
  Object.assign(config.global, {
    scrape_interval: `${scrapeSeconds}s`,
    scrape_timeout: `${Math.max(1, scrapeSeconds - 1)}s`,
    evaluation_interval: `${scrapeSeconds}s`,
  });
  for (const { static_configs } of config.scrape_configs)
    for (const entry of static_configs)
      entry.targets = entry.targets.map((shipped: string) => {
        const address = addresses[shipped];
        if (address === undefined) throw new Error(`${shipped} of ${CONFIG} has no address in this run`);
        return address;
      });
  await writeRuleFiles(run.folder, { timeScale });
  const file = join(run.folder, "prometheus.yml");
  // JSON is YAML.
  await writeFile(file, JSON.stringify(config));
  const port = await freePort();
  const flags = [
    `--config.file=${file}`,
    `--storage.tsdb.path=${join(run.folder, "data")}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ];
  const child = run.children.start("prometheus", ["prometheus", ...flags], { env: run.environment });
  await untilListening(child, port);
  const base = `http://127.0.0.1:${port}`;
  await until(
    () =>
      fetch(`${base}/-/ready`).then(
        async (answer) => {
          await answer.body?.cancel();
          return answer.ok;
        },
        () => false,
      ),
    "Prometheus is ready",
    READY_LIMIT_MS,
    100,
  );

  async function ask<T>(path: string, query: Readonly<Record<string, string>>): Promise<T> {
    const answer = await fetch(`${base}/api/v1/${path}?${new URLSearchParams(query)}`, {
      signal: AbortSignal.timeout(ASK_LIMIT_MS),
    });
    const { status, error, data } = (await answer.json()) as { status: string; error?: string; data: T };
    if (status !== "success") throw new Error(`${error}: ${JSON.stringify(query)}`);
    return data;
  }
  type Found = {
    result: { metric: Record<string, string>; value?: [number, string]; values?: [number, string][] }[];
  };
  const seriesOf = ({ result }: Found): readonly Series[] =>
    result.map(({ metric, value, values = value ? [value] : [] }) => ({
      labels: metric,
      values: values.map(([, text]) => Number(text)).filter(Number.isFinite),
    }));
  return {
    instant: async (query, at) => seriesOf(await ask<Found>("query", { query, time: String(at) })),
    range: async (query, { from, to, stepSeconds }) =>
      seriesOf(
        await ask<Found>("query_range", {
          query,
          start: String(from),
          end: String(to),
          step: String(stepSeconds),
        }),
      ),
    labelValues: (label, selector) => ask<string[]>(`label/${label}/values`, { "match[]": selector }),
    async allUp() {
      const { activeTargets } = await ask<{ activeTargets: { health: string }[] }>("targets", {});
      return activeTargets.length > 0 && activeTargets.every(({ health }) => health === "up");
    },
  };
}
