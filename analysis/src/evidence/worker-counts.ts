import type { Sample } from "./reading.ts";

const PREDICTIONS = "sentiment_requests_total";
const SHADOW_PREDICTIONS = "sentiment_shadow_requests_total";
const INFERENCE = "sentiment_inference_seconds";
const CPU = "process_cpu_seconds_total";
const MEMORY = "model_memory_usage_bytes";
const MEMORY_LIMIT = "model_memory_limit_bytes";
const CPU_LIMIT = "model_cpu_limit_cores";
const SETTINGS = "sentiment_worker_info";
const BUCKET_PREFIX = "le ";

/** What one worker says as it stands. */
export interface WorkerCounts {
  /** Undefined where no sample names a variant. */
  readonly variant: string | undefined;
  readonly counters: ReadonlyMap<string, number>;
  readonly residentBytes: number | undefined;
  /** What makes one worker faster than another, as text; `variant` is no part of it. */
  readonly settings: ReadonlyMap<string, string>;
}

/** What the workers of a variant have done since the judge saw each of them first. */
export interface WorkerWork {
  readonly predictions: number;
  /** With those for shadow requests: all that the CPU time was spent on. */
  readonly computed: number;
  readonly inferenceSeconds: number;
  readonly inferences: number;
  /** Not cumulated, by upper bound in seconds, ascending; the last is infinite. */
  readonly latencies: readonly { readonly bound: number; readonly count: number }[];
  readonly cpuSeconds: number;
}

export function readWorker(samples: readonly Sample[]): WorkerCounts {
  const counters = new Map<string, number>();
  const settings = new Map<string, string>();
  let variant: string | undefined;
  let residentBytes: number | undefined;
  const add = (key: string, value: number) => counters.set(key, (counters.get(key) ?? 0) + value);
  for (const { name, labels, value } of samples) {
    variant ??= labels.model_version;
    if (name === PREDICTIONS || name === SHADOW_PREDICTIONS) {
      if (labels.status === "200") add(name, value);
    } else if (name === `${INFERENCE}_bucket`) add(BUCKET_PREFIX + (labels.le ?? "+Inf"), value);
    else if (name === `${INFERENCE}_sum` || name === `${INFERENCE}_count` || name === CPU) add(name, value);
    else if (name === MEMORY) residentBytes = value;
    else if (name === MEMORY_LIMIT || name === CPU_LIMIT) settings.set(name, String(value));
    else if (name === SETTINGS)
      for (const [label, text] of Object.entries(labels))
        if (label !== "model_version") settings.set(label, text);
  }
  return { variant, counters, residentBytes, settings };
}

/** Adds what `now` has more than `before` to `sums`; where a value fell, the process began anew. */
export function addWork(sums: Map<string, number>, now: WorkerCounts, before: WorkerCounts): void {
  let isNew = false;
  for (const [key, value] of now.counters) if (value < (before.counters.get(key) ?? 0)) isNew = true;
  for (const [key, value] of now.counters) {
    const delta = value - (isNew ? 0 : (before.counters.get(key) ?? 0));
    sums.set(key, (sums.get(key) ?? 0) + delta);
  }
}

export function workOf(sums: ReadonlyMap<string, number>): WorkerWork {
  const of = (key: string) => sums.get(key) ?? 0;
  const cumulated = [...sums]
    .filter(([key]) => key.startsWith(BUCKET_PREFIX))
    .map(([key, count]) => ({ bound: boundOf(key), count }))
    .sort((a, b) => a.bound - b.bound);
  return {
    predictions: of(PREDICTIONS),
    computed: of(PREDICTIONS) + of(SHADOW_PREDICTIONS),
    inferenceSeconds: of(`${INFERENCE}_sum`),
    inferences: of(`${INFERENCE}_count`),
    latencies: cumulated.map(({ bound, count }, index) => ({
      bound,
      count: count - (cumulated[index - 1]?.count ?? 0),
    })),
    cpuSeconds: of(CPU),
  };
}

function boundOf(key: string): number {
  const text = key.slice(BUCKET_PREFIX.length);
  return text === "+Inf" ? Number.POSITIVE_INFINITY : Number(text);
}
