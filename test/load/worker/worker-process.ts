import { join, resolve } from "node:path";
import { parseExposition, type Scrape, samplesOf } from "../../../worker/evaluation/exposition.ts";
import { type Child, freePort, untilListening } from "../support/children.ts";
import { until } from "../support/crowd.ts";
import type { Run } from "../support/run.ts";

const ROOT = join(import.meta.dirname, "../../..");
const READY_LIMIT_MS = 120_000;
const ASK_LIMIT_MS = 10_000;

/** The default of `--model`. */
export const BUNDLED_MODEL = join(ROOT, "worker/models/distilbert-mini-sst2");

/** One worker as a process. */
export interface WorkerProcess {
  readonly port: number;
  readonly child: Child;
  scrape(): Promise<Scrape>;
}

export interface WorkerStart {
  readonly model: string;
  /** Of the worker, such as `--max-queue 1024`. */
  readonly flags?: readonly string[];
  /** Of Node. */
  readonly nodeFlags?: readonly string[];
  /** Before the command; see `parkOnSecondCore`. */
  readonly prefix?: readonly string[];
}

/** Resolves when the model is loaded and warm. */
export async function startWorker(run: Run, start: WorkerStart): Promise<WorkerProcess> {
  const port = await freePort();
  const { model, flags = [], nodeFlags = [], prefix = [] } = start;
  const options = ["--name", "load", "--model", resolve(model), "--log-level", "warn", ...flags];
  const program = [run.node, ...nodeFlags, join(ROOT, "worker/src/main.ts"), "--port", String(port)];
  // As `npm run worker` and `npm start` set it.
  const env = { ...run.environment, MALLOC_ARENA_MAX: "1" };
  const child = run.children.start("worker", [...prefix, ...program, ...options], { env });
  await untilListening(child, port);
  await until(() => isReady(port) || endedEarly(child), "the worker is ready", READY_LIMIT_MS, 100);
  return { port, child, scrape: () => scrape(port) };
}

function endedEarly(child: Child): boolean {
  if (!child.running()) throw new Error(`the worker ended before it was ready:\n${child.said()}`);
  return false;
}

export async function isReady(port: number): Promise<boolean> {
  const signal = AbortSignal.timeout(ASK_LIMIT_MS);
  return fetch(`http://127.0.0.1:${port}/readyz`, { signal }).then(
    async (response) => {
      await response.body?.cancel();
      return response.ok;
    },
    () => false,
  );
}

export async function scrape(port: number): Promise<Scrape> {
  const signal = AbortSignal.timeout(ASK_LIMIT_MS);
  return parseExposition(await (await fetch(`http://127.0.0.1:${port}/metrics`, { signal })).text());
}

/** The sum of all series of this name with these labels; 0 where there are none. */
export function sumOf(scraped: Scrape, name: string, labels: Readonly<Record<string, string>> = {}): number {
  return samplesOf(scraped, name)
    .filter((sample) => Object.entries(labels).every(([label, value]) => sample.labels.get(label) === value))
    .reduce((sum, { value }) => sum + value, 0);
}

/** The bucket's edge that at least this share of a histogram's observations do not exceed. */
export function edgeOf(scraped: Scrape, name: string, share: number): number {
  const buckets = samplesOf(scraped, `${name}_bucket`)
    .map((sample) => ({
      edge: Number(sample.labels.get("le")?.replace("+Inf", "Infinity")),
      count: sample.value,
    }))
    .sort((a, b) => a.edge - b.edge);
  const wanted = (buckets.at(-1)?.count ?? 0) * share;
  return buckets.find(({ count }) => count >= wanted)?.edge ?? Number.NaN;
}
