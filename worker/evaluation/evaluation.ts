import { readFile } from "node:fs/promises";
import { CommandError, failureCode } from "./command-error.ts";
import { type Scores, score } from "./confusion.ts";
import { parseDataset, type Row, takeEvenly } from "./dataset.ts";
import type { Description, Endpoint, InferenceTotals } from "./endpoint.ts";
import { missingLabels, orderLabels } from "./label-coverage.ts";
import { type Latency, summarizeLatency } from "./latency.ts";
import { type Measurement, measure } from "./measurement.ts";

/** The whole result; `--json` writes it as it is, so its names are API. Times are seconds, shares are 0..1. */
export interface Evaluation {
  readonly data: {
    readonly file: string;
    readonly texts: number;
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
  readonly scores: {
    readonly all: Scores;
    /** Only the texts whose label the model knows; null when that is all of them. */
    readonly knownLabels: Scores | null;
  };
  readonly roundTrip: Latency | null;
  /** From the worker's own `sentiment_inference_seconds`; null when it exports none. */
  readonly inference: { readonly count: number; readonly mean: number } | null;
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

export async function evaluate(endpoint: Endpoint, options: EvaluateOptions): Promise<Evaluation> {
  // The file comes first: a typing mistake in it should not wait for a worker.
  const rows = await loadRows(options.data, options.limit);
  await endpoint.requireReady();
  const description = await endpoint.describe();
  const missing = description.labels === null ? [] : missingLabels(rows, description.labels, options.data);
  const before = await endpoint.inferenceTotals();
  options.onStart?.(rows.length);
  const { concurrency, onProgress } = options;
  const measurement = await measure(rows, endpoint, { concurrency, ...(onProgress && { onProgress }) });
  const after = await endpoint.inferenceTotals();
  const failed = [...measurement.failures.values()].reduce((sum, count) => sum + count, 0);
  return {
    data: { file: options.data, texts: rows.length, labels: countLabels(rows) },
    worker: { url: endpoint.url, ...description },
    answered: measurement.judgements.length,
    failed,
    failures: Object.fromEntries(measurement.failures),
    retries: measurement.retries,
    concurrency,
    missingLabels: missing,
    scores: scoreBoth(measurement, rows, description.labels ?? [], missing),
    roundTrip: summarizeLatency(measurement.seconds),
    inference: meanInference(before, after),
  };
}

function scoreBoth(
  { judgements }: Measurement,
  rows: readonly Row[],
  modelLabels: readonly string[],
  missing: readonly string[],
) {
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

function meanInference(before: InferenceTotals | null, after: InferenceTotals | null) {
  if (before === null || after === null) return null;
  // A count that went down is a restarted worker: all it shows now belongs to this run.
  const start = after.count < before.count ? { count: 0, seconds: 0 } : before;
  const count = after.count - start.count;
  return count === 0 ? null : { count, mean: (after.seconds - start.seconds) / count };
}
