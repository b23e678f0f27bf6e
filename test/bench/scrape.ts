/*
 * What a scrape costs at full cardinality: every analysis bucket of every variant has counted in each of its families.
 * Time, bytes and memory of the gateway's and a worker's /metrics, and what callers notice of a scraper that comes twenty times as
 * often as Prometheus. `npm run bench:scrape [-- --scrapes N --rounds N --seconds N --every-ms N]`.
 */
import { join } from "node:path";
import { samplesOf } from "../../worker/evaluation/exposition.ts";
import { Caller } from "../load/support/caller.ts";
import { type Child, freePort, untilListening } from "../load/support/children.ts";
import { type Finding, keeps, tells } from "../load/support/findings.ts";
import { predictRequest } from "../load/support/predict-request.ts";
import { startProxy } from "../load/support/processes.ts";
import { type Run, runLoad } from "../load/support/run.ts";
import { BUNDLED_MODEL, startWorker } from "../load/worker/worker-process.ts";
import { sentences } from "../support/sentences.ts";
import { fill } from "./scrape/cells.ts";
import { compare, type Side } from "./scrape/rounds.ts";
import { measureScrapes, type ScrapeCost, Scraper } from "./scrape/scraper.ts";
import { describeMachine, machineLines } from "./support/machine.ts";

const VARIANTS = [2, 10] as const;
const FAMILIES = ["ab_bucket_requests_total", "ab_bucket_errors_total"] as const;
/** One of 250 ms beside the 5 s of prometheus/prometheus.yml. */
const defaults = { scrapes: 200, rounds: 5, seconds: 10, "every-ms": 250 };

await runLoad(process, "bench:scrape", { defaults, limitMinutes: 30 }, async (run) => {
  for (const line of machineLines(describeMachine({ node: process.versions.node }))) run.say(line);
  const findings: Finding[] = [];
  const upstream = await startService(run);
  for (const variants of VARIANTS) findings.push(...(await measureGateway(run, upstream, variants)));
  return [...findings, ...(await measureWorker(run))];
});

async function startService(run: Run): Promise<string> {
  const port = await freePort();
  const script = join(import.meta.dirname, "scrape/standin/status.ts");
  const child: Child = run.children.start("service", [run.node, script, String(port)], {
    env: run.environment,
  });
  await untilListening(child, port);
  return `http://127.0.0.1:${port}`;
}

async function measureGateway(run: Run, upstream: string, variants: number): Promise<readonly Finding[]> {
  const weights = Array<number>(variants).fill(100 / variants);
  const lines = weights.map(
    (weight, index) => `  - { name: variant-${index}, weight: ${weight}, upstreams: ["${upstream}"] }`,
  );
  const yaml = `experiment: { name: scrape }\nvariants:\n${lines.join("\n")}\n`;
  const { port, adminPort, child } = await startProxy(run, yaml, `gateway-${variants}`);
  await fill(port, weights);
  const name = `gateway, ${variants} variants`;
  run.say(`${name}: every bucket has counted`);
  const scraper = new Scraper(adminPort);
  const scrape = await scraper.read();
  scraper.close();
  const buckets = FAMILIES.flatMap((family) => samplesOf(scrape, family));
  const cost = await measureScrapes(child(), adminPort, run.count("scrapes"));
  const [rounds, seconds, everyMs] = [run.count("rounds"), run.count("seconds"), run.count("every-ms")];
  const sides = await compare({ port, adminPort, rounds, seconds, everyMs });
  await child().stop();
  return [
    tells(`${name}: series of buckets`, buckets.length),
    keeps(`${name}: of these still 0`, buckets.filter(({ value }) => value === 0).length, 0),
    ...costOf(name, cost),
    keeps(`${name}: series that came with scraping`, Math.abs(cost.series - scrape.samples.size), 0),
    tells(`${name}: callers, no scraper`, sideOf(sides.quiet)),
    tells(`${name}: callers, a scrape every ${everyMs} ms`, sideOf(sides.scraped)),
    keeps(`${name}: requests failed`, sides.quiet.failures + sides.scraped.failures, 0),
  ];
}

async function measureWorker(run: Run): Promise<readonly Finding[]> {
  const { port, child } = await startWorker(run, { model: BUNDLED_MODEL });
  const caller = new Caller(port);
  for (const text of sentences) await caller.call(predictRequest({ text }));
  caller.close();
  const cost = await measureScrapes(child, port, run.count("scrapes"));
  return costOf("worker", cost);
}

function costOf(name: string, cost: ScrapeCost): readonly Finding[] {
  const [before, after] = cost.memoryMb;
  return [
    tells(`${name}: a scrape`, `${cost.latencies}`),
    tells(`${name}: CPU of a scrape`, `${cost.cpuMs.toFixed(1)} ms`),
    tells(
      `${name}: bytes, lines, series`,
      `${(cost.bytes / 1e3).toFixed(0)} kB, ${cost.lines}, ${cost.series}`,
    ),
    tells(`${name}: resident memory before and after`, `${before.toFixed(0)} and ${after.toFixed(0)} MB`),
  ];
}

function sideOf({ p50Ms, p99Ms, lagMs, requests, scrapes }: Side): string {
  const beside = scrapes === 0 ? "" : `, ${scrapes} scrapes`;
  return `p50 ${p50Ms.toFixed(2)} ms, p99 ${p99Ms.toFixed(2)} ms, event loop p99 ${lagMs.toFixed(1)} ms (${requests} requests${beside})`;
}
