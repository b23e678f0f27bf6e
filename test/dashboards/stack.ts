import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort, untilListening } from "../load/support/children.ts";
import { until } from "../load/support/crowd.ts";
import { type ProxyProcess, startProxy } from "../load/support/processes.ts";
import type { Run } from "../load/support/run.ts";
import { isReady } from "../load/worker/worker-process.ts";
import { startFaultProxy } from "./fault-proxy.ts";

const ROOT = join(import.meta.dirname, "../..");
const READY_LIMIT_MS = 60_000;
const ONE_FAILS_OF = 33;

export const EXPERIMENT = "dashboards";
export const FORCE_SECRET = "a secret of this run alone";

const JUDGE_STEP = "5s";
const OUTCOME_SECRET = "a secret of this run alone, for tokens";

/** The gateway, both bundled workers, one of them behind a service that fails now and then, and a judge. */
export interface Stack {
  /** Where callers ask. */
  readonly url: string;
  readonly proxy: ProxyProcess;
  /** Where each process has its metrics, by the addresses of prometheus/local.yml. */
  readonly addresses: Readonly<Record<string, string>>;
  /** Its configuration with these weights. */
  configure(distilbert: number, roberta: number): string;
  /** What does not end with the run's children. */
  stop(): Promise<void>;
}

export async function startStack(run: Run): Promise<Stack> {
  const [distilbert, roberta] = await Promise.all([
    startWorker(run, "distilbert"),
    startWorker(run, "roberta"),
  ]);
  const faulty = await startFaultProxy(roberta, ONE_FAILS_OF);
  const judge = await freePort();
  const configure = (first: number, second: number) =>
    [
      `experiment: { name: ${EXPERIMENT} }`,
      "variants:",
      `  - { name: distilbert, weight: ${first}, upstreams: ["http://127.0.0.1:${distilbert}"] }`,
      `  - { name: roberta, weight: ${second}, upstreams: ["${faulty.url}"] }`,
      "upstream: { health: { path: /readyz } }",
      `force: { secret: "${FORCE_SECRET}" }`,
      `outcomes: { secrets: ["${OUTCOME_SECRET}"], allowed: [correct, incorrect, true_label], labels: [negative, neutral, positive] }`,
      "analysis: { metric: accuracy, secondary: [correct_ratio], maturity: 0s }",
      "shadow: { variant: distilbert, percent: 20 }",
      `judge: { url: "http://127.0.0.1:${judge}", step: ${JUDGE_STEP}, stop: dry-run }`,
      "",
    ].join("\n");
  const proxy = await startProxy(run, configure(50, 50));
  await startJudge(run, judge, configure(50, 50), proxy.adminPort);
  return {
    url: `http://127.0.0.1:${proxy.port}`,
    proxy,
    addresses: {
      "127.0.0.1:8081": `127.0.0.1:${proxy.adminPort}`,
      "127.0.0.1:8082": `127.0.0.1:${judge}`,
      "127.0.0.1:8101": `127.0.0.1:${distilbert}`,
      "127.0.0.1:8102": `127.0.0.1:${roberta}`,
    },
    configure,
    stop: () => faulty.stop(),
  };
}

/** It follows no reload: what is judged was fixed beforehand. */
async function startJudge(run: Run, port: number, yaml: string, adminPort: number): Promise<void> {
  const config = join(run.folder, "judge.yaml");
  await writeFile(config, yaml);
  const flags = {
    config,
    port: String(port),
    gateways: `http://127.0.0.1:${adminPort}`,
    state: join(run.folder, "judge.json"),
  };
  const args = Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, value]);
  const command = [run.node, join(ROOT, "analysis/src/main.ts"), "judge", ...args];
  await untilListening(run.children.start("judge", command, { env: run.environment }), port);
}

/** @returns its port, once its model is loaded and warm */
async function startWorker(run: Run, name: string): Promise<number> {
  const port = await freePort();
  const config = join(ROOT, `config/workers/${name}.yaml`);
  const flags = ["--config", config, "--port", String(port), "--log-level", "warn"];
  const env = { ...run.environment, MALLOC_ARENA_MAX: "1", ORT_DISABLE_TELEMETRY: "1" };
  const child = run.children.start(name, [run.node, join(ROOT, "worker/src/main.ts"), ...flags], { env });
  await untilListening(child, port);
  await until(() => isReady(port), `${name} is ready`, READY_LIMIT_MS, 100);
  return port;
}
