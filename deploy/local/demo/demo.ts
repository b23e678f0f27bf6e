import type { Scrape } from "../../../worker/evaluation/exposition.ts";
import type { Column } from "./comparison.ts";
import type { Variant } from "./experiment.ts";
import { readExperiment, requireTraffic } from "./gateway.ts";
import type { Demo } from "./report.ts";
import { scrapeAll, scrapeMetrics, scrapeSettled } from "./scrape.ts";
import { sendTraffic } from "./traffic.ts";
import { countAtGateway, type GatewayCounts, summarizeVariant } from "./variant-figures.ts";

export interface DemoOptions {
  readonly url: string;
  readonly admin: string;
  readonly users: number;
  readonly requests: number;
  readonly concurrency: number;
  readonly sentences: readonly string[];
  readonly onStart?: (requests: number) => void;
  readonly onProgress?: (done: number, failed: number) => void;
  /** Traffic is over; what remains is reading metrics. */
  readonly onSent?: () => void;
}

/** Scrapes, sends, scrapes again: the difference is this demo's, whatever the workers had counted before. */
export async function runDemo(options: DemoOptions): Promise<Demo> {
  const { url, admin, users, requests, concurrency, sentences, onProgress } = options;
  const experiment = await readExperiment(admin);
  await requireTraffic(url);
  const { variants } = experiment;
  const gatewayBefore = await scrapeMetrics(admin);
  const before = await scrapeAll(variants.flatMap((variant) => variant.workers));

  options.onStart?.(requests);
  const traffic = await sendTraffic({
    url,
    idHeader: experiment.header,
    users,
    requests,
    concurrency,
    sentences,
    ...(onProgress && { onProgress }),
  });
  options.onSent?.();

  const after = await scrapeSettled(before, { expected: traffic.answered - traffic.unlabelled });
  const gatewayAfter = await scrapeMetrics(admin);
  const counts = gatewayBefore && gatewayAfter ? countAtGateway(gatewayBefore, gatewayAfter) : null;
  return {
    experiment: experiment.name,
    url,
    traffic,
    columns: variants.map((variant) => describeVariant(variant, before, after, counts)),
    unread: [...before.keys()].filter((origin) => before.get(origin) === null || after.get(origin) === null),
    shared: variantsSharingWorkers(variants),
  };
}

type Scrapes = ReadonlyMap<string, Scrape | null>;

function describeVariant(
  { name, weight, workers }: Variant,
  before: Scrapes,
  after: Scrapes,
  counts: ReadonlyMap<string, GatewayCounts> | null,
): Column {
  const scrapes = workers.map((origin) => ({
    before: before.get(origin) ?? null,
    after: after.get(origin) ?? null,
  }));
  return {
    name,
    weight,
    figures: summarizeVariant(name, scrapes),
    gateway: counts === null ? null : (counts.get(name) ?? { requests: 0, errors: 0 }),
  };
}

function variantsSharingWorkers(variants: readonly Variant[]): string[] {
  return variants
    .filter((variant) =>
      variants.some((other) => other !== variant && other.workers.some((w) => variant.workers.includes(w))),
    )
    .map((variant) => variant.name);
}
