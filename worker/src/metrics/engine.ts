import type { Registry } from "prom-client";
import { DROP_REASONS, type DropReason, type EngineRecord } from "../inference/record.ts";
import type { InputKind, Task } from "../settings.ts";
import {
  BATCH_BUCKETS,
  CONFIDENCE_BUCKETS,
  INFERENCE_BUCKETS,
  QUEUE_BUCKETS,
  REGRESSION_BUCKETS,
  TOKEN_BUCKETS,
  TOKENIZE_BUCKETS,
} from "./buckets.ts";
import { histogram } from "./histogram.ts";
import { METRICS } from "./metrics.ts";
import { counter, counters, type Labels, type Series } from "./series.ts";

/** Counts what the engine tells. What a worker of this kind can never have is not there: no tokens without a tokenizer. */
export function createEngineRecord(
  registry: Registry,
  version: Labels,
  { task, input }: { readonly task: Task; readonly input: InputKind },
): EngineRecord {
  const encoded = input === "tokens" ? recordTokens(registry, version) : () => {};
  const scored =
    task === "text-regression" ? recordNumbers(registry, version) : recordConfidence(registry, version);
  const ranTokens = input === "tokens" ? recordBatchTokens(registry, version) : () => {};

  const inference = histogram(registry, METRICS.inference, version, INFERENCE_BUCKETS);
  const inferenceSquared = counter(registry, METRICS.inferenceSquared, version);
  const queue = histogram(registry, METRICS.queue, version, QUEUE_BUCKETS);
  const sequences = histogram(registry, METRICS.batchSequences, version, BATCH_BUCKETS);
  const busy = counter(registry, METRICS.busy, version);
  const dropped = byKey(DROP_REASONS, (reasons) =>
    counters(
      registry,
      METRICS.dropped,
      reasons.map((reason) => ({ ...version, reason })),
    ),
  );
  const [hits, misses] = counters(registry, METRICS.cacheLookups, [
    { ...version, result: "hit" },
    { ...version, result: "miss" },
  ]) as readonly [Series, Series];

  return {
    encoded,
    computed({ inferenceSeconds, queueSeconds, score }) {
      inference.observe(inferenceSeconds);
      inferenceSquared.value += inferenceSeconds * inferenceSeconds;
      queue.observe(queueSeconds);
      scored(score);
    },
    ran(batch) {
      sequences.observe(batch.sequences);
      busy.value += batch.runSeconds;
      ranTokens(batch);
    },
    dropped(reason: DropReason, count) {
      dropped[reason].value += count;
    },
    lookedUp(isHit) {
      (isHit ? hits : misses).value += 1;
    },
  };
}

function recordTokens(registry: Registry, version: Labels): EngineRecord["encoded"] {
  const tokenize = histogram(registry, METRICS.tokenize, version, TOKENIZE_BUCKETS);
  const perText = histogram(registry, METRICS.tokens, version, TOKEN_BUCKETS);
  const unknown = counter(registry, METRICS.unknownTokens, version);
  const truncated = counter(registry, METRICS.truncated, version);
  return ({ tokens, unknownTokens, isTruncated, tokenizeSeconds }) => {
    tokenize.observe(tokenizeSeconds);
    perText.observe(tokens);
    unknown.value += unknownTokens;
    if (isTruncated) truncated.value += 1;
  };
}

function recordBatchTokens(registry: Registry, version: Labels): EngineRecord["ran"] {
  const own = counter(registry, METRICS.batchTokens, version);
  const padding = counter(registry, METRICS.batchPaddingTokens, version);
  return ({ tokens, paddingTokens }) => {
    own.value += tokens;
    padding.value += paddingTokens;
  };
}

function recordConfidence(registry: Registry, version: Labels): (score: number) => void {
  const confidence = histogram(registry, METRICS.confidence, version, CONFIDENCE_BUCKETS);
  return (score) => confidence.observe(score);
}

function recordNumbers(registry: Registry, version: Labels): (score: number) => void {
  const numbers = histogram(registry, METRICS.regressionScore, version, REGRESSION_BUCKETS);
  const squared = counter(registry, METRICS.regressionScoreSquared, version);
  return (score) => {
    numbers.observe(score);
    squared.value += score * score;
  };
}

function byKey<Key extends string>(
  keys: readonly Key[],
  create: (keys: readonly Key[]) => readonly Series[],
): Readonly<Record<Key, Series>> {
  const series = create(keys);
  return Object.fromEntries(keys.map((key, at) => [key, series[at]])) as Record<Key, Series>;
}
