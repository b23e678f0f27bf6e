import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Child, freePort, untilListening } from "../support/children.ts";
import { until } from "../support/crowd.ts";
import type { Run } from "../support/run.ts";
import { isReady, scrape, sumOf } from "./worker-process.ts";

const ROOT = join(import.meta.dirname, "../../..");
const READY_LIMIT_MS = 120_000;

/** What `npm start` runs with the reference experiment: gateway and both workers, on free ports. */
export interface System {
  readonly port: number;
  readonly adminPort: number;
  /** Of the worker "distilbert". */
  readonly workerPort: number;
  readonly supervisor: Child;
  /** A process's log so far: `proxy`, `distilbert` or `roberta`. */
  log(name: string): string;
  /** Of the gateway. */
  gateway(metric: string, labels?: Readonly<Record<string, string>>): Promise<number>;
  /** Of the worker "distilbert"; undefined while it is not there. */
  worker(metric: string, labels?: Readonly<Record<string, string>>): Promise<number | undefined>;
  isWorkerReady(): Promise<boolean>;
}

/** @param model of the worker "distilbert"; the other has its own. */
export async function startSystem(run: Run, model: string): Promise<System> {
  const [port, adminPort, workerPort, otherPort] = [
    ...[await freePort(), await freePort()],
    ...[await freePort(), await freePort()],
  ] as [number, number, number, number];
  const workerFile = join(run.folder, "distilbert.yaml");
  writeFileSync(workerFile, `name: distilbert\nmodel: ${JSON.stringify(resolve(model))}\nthreads: 1\n`);
  const logs = join(run.folder, "logs");
  const flags = {
    port,
    "admin-port": adminPort,
    "worker-ports": `${workerPort},${otherPort}`,
    "log-dir": logs,
    config: join(ROOT, "config/experiment.yaml"),
  };
  const supervisor = run.children.start(
    "npm start",
    [
      ...[run.node, join(ROOT, "deploy/local/main.ts")],
      ...Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, String(value)]),
      ...["--worker", workerFile, "--worker", join(ROOT, "config/workers/roberta.yaml")],
    ],
    { env: run.environment },
  );
  await untilListening(supervisor, port, READY_LIMIT_MS);
  const bothReady = async () => (await isReady(workerPort)) && (await isReady(otherPort));
  await until(bothReady, "both workers are ready", READY_LIMIT_MS, 100);
  return {
    ...{ port, adminPort, workerPort, supervisor },
    log(name) {
      const parts = [`${name}.log.1`, `${name}.log`].map((file) => {
        try {
          return readFileSync(join(logs, file), "utf8");
        } catch {
          return "";
        }
      });
      return parts.join("");
    },
    gateway: async (metric, labels) => sumOf(await scrape(adminPort), metric, labels),
    worker: async (metric, labels) => {
      const scraped = await scrape(workerPort).catch(() => undefined);
      return scraped === undefined ? undefined : sumOf(scraped, metric, labels);
    },
    isWorkerReady: () => isReady(workerPort),
  };
}
