import { setTimeout as pause } from "node:timers/promises";
import { parseExposition, type Scrape } from "../../../worker/evaluation/exposition.ts";
import { Caller } from "../../load/support/caller.ts";
import { type Child, cpuSeconds, residentBytes } from "../../load/support/children.ts";
import { Latencies } from "../../load/support/latency.ts";

const REQUEST = "GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";

/** Reads /metrics as Prometheus does: one request after the other on a connection that is kept. */
export class Scraper {
  readonly #caller: Caller;

  constructor(port: number) {
    this.#caller = new Caller(port);
  }

  async text(): Promise<string> {
    const { answer, failure } = await this.#caller.call(REQUEST);
    if (answer?.status !== 200) throw new Error(`/metrics: ${answer?.status ?? failure}`);
    return answer.body;
  }

  async read(): Promise<Scrape> {
    return parseExposition(await this.text());
  }

  close(): void {
    this.#caller.close();
  }
}

export interface ScrapeCost {
  readonly latencies: Latencies;
  /** CPU of the process, for each scrape. */
  readonly cpuMs: number;
  readonly bytes: number;
  readonly lines: number;
  readonly series: number;
  /** Resident memory in MB before the first and after the last. */
  readonly memoryMb: readonly [number, number];
}

/** One scrape after the other, of a process that has nothing else to do. */
export async function measureScrapes(child: Child, port: number, count: number): Promise<ScrapeCost> {
  const scraper = new Scraper(port);
  const latencies = new Latencies();
  const before = residentBytes(child.pid);
  const cpuBefore = cpuSeconds(child.pid);
  let text = "";
  for (let scrape = 0; scrape < count; scrape++) {
    const begun = performance.now();
    text = await scraper.text();
    latencies.add(performance.now() - begun);
  }
  const cpuMs = ((cpuSeconds(child.pid) - cpuBefore) * 1000) / count;
  const after = residentBytes(child.pid);
  scraper.close();
  return {
    latencies,
    cpuMs,
    bytes: Buffer.byteLength(text, "latin1"),
    lines: text.trimEnd().split("\n").length,
    series: parseExposition(text).samples.size,
    memoryMb: [before / 1e6, after / 1e6],
  };
}

/** Scrapes every so often until it is aborted; returns how often. */
export async function scrapeEvery(port: number, everyMs: number, until: AbortSignal): Promise<number> {
  const scraper = new Scraper(port);
  let scrapes = 0;
  while (!until.aborted) {
    await scraper.text();
    scrapes++;
    await pause(everyMs, undefined, { signal: until }).catch(() => undefined);
  }
  scraper.close();
  return scrapes;
}
