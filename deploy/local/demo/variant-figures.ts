import { increase, type Sample, type Scrape, samplesOf } from "../../../worker/evaluation/exposition.ts";
import { type Bucket, histogramQuantile } from "./quantile.ts";

/** One worker, scraped before and after the demo; null where it did not answer. */
export interface WorkerScrapes {
  readonly before: Scrape | null;
  readonly after: Scrape | null;
}

/** What a variant's own workers say of the time between the two scrapes. Times in seconds. */
export interface VariantFigures {
  /** Predictions and failed requests. */
  readonly requests: number;
  /** Counted with a status of 500 and above. */
  readonly errors: number;
  /** Predictions by label. */
  readonly labels: ReadonlyMap<string, number>;
  readonly mean: number | null;
  readonly p50: number | null;
  readonly p99: number | null;
  /** Above this the buckets do not tell times apart; a quantile that equals it is a lower bound. */
  readonly highestBound: number | null;
  /** Resident memory now, of all workers together. */
  readonly memoryBytes: number | null;
}

/** null when none of the workers could be scraped twice or none exports these metrics. */
export function summarizeVariant(name: string, workers: readonly WorkerScrapes[]): VariantFigures | null {
  const scraped = workers.filter(
    (w): w is { before: Scrape; after: Scrape } => w.before !== null && w.after !== null,
  );
  const increases = scraped.map(({ before, after }) => increase(before, after));
  const counted = (metric: string) => increases.flatMap((scrape) => ownSamples(scrape, metric, name));
  const requests = counted("sentiment_requests_total");
  if (requests.length === 0) return null;

  const buckets = counted("sentiment_inference_seconds_bucket").map(
    (sample): Bucket => ({ upperBound: readBound(sample), count: sample.value }),
  );
  const texts = total(counted("sentiment_inference_seconds_count"));
  const bounds = buckets.map((bucket) => bucket.upperBound).filter(Number.isFinite);
  const memory = scraped.flatMap(({ after }) => ownSamples(after, "model_memory_usage_bytes", name));
  return {
    requests: total(requests),
    errors: total(requests.filter((sample) => /^5/.test(sample.labels.get("status") ?? ""))),
    labels: countLabels(requests),
    mean: texts === 0 ? null : total(counted("sentiment_inference_seconds_sum")) / texts,
    p50: finiteOrNull(histogramQuantile(0.5, buckets)),
    p99: finiteOrNull(histogramQuantile(0.99, buckets)),
    highestBound: bounds.length === 0 ? null : Math.max(...bounds),
    memoryBytes: memory.length === 0 ? null : total(memory),
  };
}

/** Series of this variant, or all of a worker that goes by another name than the variant. */
function ownSamples(scrape: Scrape, metric: string, variant: string): Sample[] {
  const samples = samplesOf(scrape, metric);
  const own = samples.filter((sample) => sample.labels.get("model_version") === variant);
  return own.length > 0 ? own : samples;
}

/** `none` is how a worker labels a request that got no prediction. Labels it may give but did not stay, with 0. */
function countLabels(requests: readonly Sample[]): Map<string, number> {
  const labels = new Map<string, number>();
  for (const sample of requests) {
    const label = sample.labels.get("sentiment_label");
    if (label !== undefined && label !== "none") labels.set(label, (labels.get(label) ?? 0) + sample.value);
  }
  return labels;
}

function readBound(sample: Sample): number {
  const text = sample.labels.get("le") ?? "";
  return text === "+Inf" ? Number.POSITIVE_INFINITY : Number(text);
}

function total(samples: readonly Sample[]): number {
  return samples.reduce((sum, sample) => sum + sample.value, 0);
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** A variant's requests as the gateway saw them end; it also counts what a worker that is down, or foreign, cannot. */
export interface GatewayCounts {
  readonly requests: number;
  /** Answers of 500 and above. */
  readonly errors: number;
}

export function countAtGateway(before: Scrape, after: Scrape): Map<string, GatewayCounts> {
  const counts = new Map<string, GatewayCounts>();
  for (const sample of samplesOf(increase(before, after), "ab_requests_total")) {
    const variant = sample.labels.get("model_version") ?? "none";
    const { requests, errors } = counts.get(variant) ?? { requests: 0, errors: 0 };
    const failed = /^5/.test(sample.labels.get("status") ?? "") ? sample.value : 0;
    counts.set(variant, { requests: requests + sample.value, errors: errors + failed });
  }
  return counts;
}
