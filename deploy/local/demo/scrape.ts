import { setTimeout as sleep } from "node:timers/promises";
import { parseExposition, type Scrape, samplesOf } from "../../../worker/evaluation/exposition.ts";

const TIMEOUT_MS = 10_000;

/** Null when the address does not answer with metrics; the report then says so instead of inventing zeros. */
export async function scrapeMetrics(origin: string): Promise<Scrape | null> {
  try {
    const response = await fetch(`${origin}/metrics`, {
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await response.text();
    return response.ok ? parseExposition(text) : null;
  } catch {
    return null;
  }
}

/** One scrape per address, all at the same time, so that they are about the same moment. */
export async function scrapeAll(origins: Iterable<string>): Promise<Map<string, Scrape | null>> {
  const entries = [...new Set(origins)].map(async (origin) => [origin, await scrapeMetrics(origin)] as const);
  return new Map(await Promise.all(entries));
}

export interface SettleOptions {
  /** Predictions to wait for. */
  readonly expected: number;
  readonly attempts?: number;
  readonly pauseMs?: number;
}

/**
 * Scrapes until the workers have counted all predictions of the demo: a worker may count one just after it answered.
 * Ends after `attempts` whatever the count, because lost or foreign requests are the report's business.
 */
export async function scrapeSettled(
  before: ReadonlyMap<string, Scrape | null>,
  { expected, attempts = 6, pauseMs = 200 }: SettleOptions,
): Promise<Map<string, Scrape | null>> {
  for (let attempt = 1; ; attempt += 1) {
    const after = await scrapeAll(before.keys());
    if (attempt === attempts || countedSince(before, after) >= expected) return after;
    await sleep(pauseMs);
  }
}

function countedSince(
  before: ReadonlyMap<string, Scrape | null>,
  after: ReadonlyMap<string, Scrape | null>,
): number {
  const count = (scrapes: ReadonlyMap<string, Scrape | null>) =>
    [...scrapes.values()]
      .flatMap((scrape) => (scrape === null ? [] : samplesOf(scrape, "sentiment_requests_total")))
      .reduce((sum, sample) => sum + sample.value, 0);
  return count(after) - count(before);
}
