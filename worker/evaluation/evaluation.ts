import { readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { CommandError, failureCode } from "./command-error.ts";
import { type Scores, score } from "./confusion.ts";
import { parseDataset, type Row, takeEvenly } from "./dataset.ts";
import type { Description, Endpoint } from "./endpoint.ts";
import { increase, type Scrape, samplesOf } from "./exposition.ts";
import { missingLabels, orderLabels } from "./label-coverage.ts";
import { type Latency, summarizeLatency } from "./latency.ts";
import { type Answer, measure } from "./measurement.ts";
import { numberOf, type RegressionScores, scoreRegression } from "./regression.ts";

/** The whole result; `--json` writes it as it is, so its names are API. Times are seconds, shares are 0..1. */
export interface Evaluation {
  readonly data: {
    readonly file: string;
    readonly texts: number;
    /** Empty where the worker's task is a regression. */
    readonly labels: Readonly<Record<string, number>>;
  };
  readonly worker: Description & { readonly url: string };
  readonly answered: number;
  readonly failed: number;
  readonly failures: Readonly<Record<string, number>>;
  /** Texts sent again after an answer 429. */
  readonly retries: number;
  readonly concurrency: number;
  /** Labels of the data that the model cannot say; empty when it does not list its labels. */
  readonly missingLabels: readonly string[];
  /** Null for a regression. */
  readonly scores: LabelScores | null;
  /** Null for a classification. */
  readonly regression: RegressionScores | null;
  readonly roundTrip: Latency | null;
  /** From the worker's own `sentiment_inference_seconds`; null when it exports none. */
  readonly inference: { readonly count: number; readonly mean: number } | null;
}

export interface LabelScores {
  readonly all: Scores;
  /** Only the texts whose label the model knows; null when that is all of them. */
  readonly knownLabels: Scores | null;
}

export interface Evaluated {
  readonly evaluation: Evaluation;
  /** What the worker's metrics say happened meanwhile; null when it exports none. */
  readonly traffic: Scrape | null;
}

export interface EvaluateOptions {
  readonly data: string;
  readonly limit: number | undefined;
  readonly concurrency: number;
  readonly onStart?: (texts: number) => void;
  readonly onProgress?: (done: number, failed: number) => void;
}

export async function loadRows(file: string, limit: number | undefined): Promise<readonly Row[]> {
  const content = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new CommandError(
      "data_unreadable",
      `cannot read ${file} (${failureCode(cause)}): check the path given to --data`,
      {
        cause,
      },
    );
  });
  return takeEvenly(parseDataset(content, file), limit);
}

export async function evaluate(endpoint: Endpoint, options: EvaluateOptions): Promise<Evaluated> {
  // The file comes first: a typing mistake in it should not wait for a worker.
  const rows = await loadRows(options.data, options.limit);
  await endpoint.requireReady();
  const description = await endpoint.describe();
  const { task } = description;
  const isRegression = task === "text-regression";
  // Every line is checked before the first is sent.
  if (isRegression) for (const row of rows) numberOf(row, options.data);
  const missing =
    isRegression || description.labels === null ? [] : missingLabels(rows, description.labels, options.data);
  const before = await endpoint.scrape();
  options.onStart?.(rows.length);
  const { concurrency, onProgress } = options;
  const measurement = await measure(rows, endpoint, { task, concurrency, ...(onProgress && { onProgress }) });
  const { answers } = measurement;
  const traffic = before && (await readTraffic(endpoint, before, answers.length));
  const failed = [...measurement.failures.values()].reduce((sum, count) => sum + count, 0);
  const evaluation: Evaluation = {
    data: { file: options.data, texts: rows.length, labels: isRegression ? {} : countLabels(rows) },
    worker: { url: endpoint.url, ...description },
    answered: answers.length,
    failed,
    failures: Object.fromEntries(measurement.failures),
    retries: measurement.retries,
    concurrency,
    missingLabels: missing,
    scores: isRegression ? null : scoreLabels(answers, rows, description.labels ?? [], missing),
    regression: isRegression ? scoreRegression(toEstimates(answers, options.data)) : null,
    roundTrip: summarizeLatency(measurement.seconds),
    inference: meanInference(traffic),
  };
  return { evaluation, traffic };
}

/** A worker counts an answer when its last byte is out, which may be a moment after it has arrived. */
async function readTraffic(endpoint: Endpoint, before: Scrape, answered: number): Promise<Scrape | null> {
  const isCounting = samplesOf(before, REQUESTS).length > 0;
  for (let attempt = 1; ; attempt += 1) {
    const after = await endpoint.scrape();
    if (after === null) return null;
    const traffic = increase(before, after);
    const counted = samplesOf(traffic, REQUESTS).filter(({ labels }) => labels.get("status") === "200");
    const isComplete = counted.reduce((sum, { value }) => sum + value, 0) >= answered;
    if (isComplete || !isCounting || attempt === COUNT_ATTEMPTS) return traffic;
    await pause(COUNT_PAUSE_MS);
  }
}

const REQUESTS = "sentiment_requests_total";
const COUNT_ATTEMPTS = 20;
const COUNT_PAUSE_MS = 50;

function toEstimates(answers: readonly Answer[], file: string) {
  return answers.flatMap(({ row, prediction }) =>
    prediction.kind === "number" ? { actual: numberOf(row, file), predicted: prediction.number } : [],
  );
}

function scoreLabels(
  answers: readonly Answer[],
  rows: readonly Row[],
  modelLabels: readonly string[],
  missing: readonly string[],
): LabelScores {
  const judgements = answers.flatMap(({ row, prediction }) =>
    prediction.kind === "label" ? { actual: row.label, predicted: prediction.label } : [],
  );
  const labels = orderLabels([
    ...rows.map((row) => row.label),
    ...modelLabels,
    ...judgements.map((j) => j.predicted),
  ]);
  const known = judgements.filter((judgement) => !missing.includes(judgement.actual));
  const knownLabels = labels.filter((label) => !missing.includes(label));
  return {
    all: score(judgements, labels),
    knownLabels: missing.length === 0 ? null : score(known, knownLabels),
  };
}

function countLabels(rows: readonly Row[]): Record<string, number> {
  const counts = Object.groupBy(rows, (row) => row.label);
  return Object.fromEntries(
    orderLabels(Object.keys(counts)).map((label) => [label, counts[label]?.length ?? 0]),
  );
}

function meanInference(traffic: Scrape | null) {
  if (traffic === null) return null;
  const total = (name: string) => samplesOf(traffic, name).reduce((sum, sample) => sum + sample.value, 0);
  const count = total("sentiment_inference_seconds_count");
  return count === 0 ? null : { count, mean: total("sentiment_inference_seconds_sum") / count };
}
