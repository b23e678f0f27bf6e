import { Registry } from "prom-client";
import type { EngineRecord } from "../inference/record.ts";
import type { InputKind, Task } from "../settings.ts";
import type { Baseline } from "./baseline.ts";
import { publishBaseline } from "./baseline-series.ts";
import { createEngineRecord } from "./engine.ts";
import { METRICS } from "./metrics.ts";
import type { ProcessReadings } from "./process.ts";
import { createRequestRecord, type RequestRecord } from "./requests.ts";
import { counter, gauge, publish, type Series } from "./series.ts";

/** The labels of `model_info`. */
export interface ModelInfo {
  readonly model_name: string;
  /** First 12 hex digits of the graph's SHA-256. */
  readonly revision: string;
  readonly dtype: string;
  readonly runtime: string;
  /** Canonical labels in the model's order, comma-separated; empty for a regression. */
  readonly labels: string;
}

/** The labels of `sentiment_worker_info`, named after the settings. */
export interface WorkerInfo {
  readonly threads: string;
  readonly max_batch_size: string;
  readonly max_batch_tokens: string;
  readonly max_batch_delay_seconds: string;
  readonly max_queue: string;
  readonly max_queue_tokens: string;
  readonly answer_cache: string;
  readonly dtype: string;
  readonly provider: string;
}

/** What is known once the model is loaded. */
export interface ModelDescription {
  readonly info: ModelInfo;
  readonly fileBytes: number;
  readonly baseline: Baseline | undefined;
}

export interface Metrics extends EngineRecord, RequestRecord {
  /** Content type of `expose`. */
  readonly contentType: string;
  threadRestarted(): void;
  tokenizerFailed(): void;
  /** Called once. */
  describeModel(model: ModelDescription): void;
  /** The registry in the text format of Prometheus: all numbers of one moment. */
  expose(): Promise<string>;
}

export interface MetricsParts {
  /** The label `model_version`. */
  readonly name: string;
  readonly task: Task;
  readonly input: InputKind;
  /** Canonical; empty for a regression. */
  readonly labels: readonly string[];
  readonly info: WorkerInfo;
  readonly queueLimit: number;
  readonly queueLimitTokens: number;
  /** A bound of `INFERENCE_BUCKETS`; undefined where none was declared. */
  readonly latencyBudgetSeconds: number | undefined;
  /** Read at the scrape, as everything below. */
  readonly queueDepth: () => number;
  readonly queueDepthTokens: () => number;
  readonly isReady: () => boolean;
  readonly eventLoopLagSeconds: () => number;
  /** Left out where nothing of the process may be read. */
  readonly process: ProcessReadings | undefined;
}

/** Creates every metric in a registry of its own, and every series that can exist, at 0. */
export function createMetrics(parts: MetricsParts): Metrics {
  const registry = new Registry();
  const version = { model_version: parts.name };

  const requests = createRequestRecord(registry, version, parts.labels);
  const engine = createEngineRecord(registry, version, parts);
  gauge(registry, METRICS.workerInfo, { ...version, ...parts.info }, () => 1);
  gauge(registry, METRICS.queueDepth, version, parts.queueDepth);
  gauge(registry, METRICS.queueLimit, version, () => parts.queueLimit);
  gauge(registry, METRICS.queueDepthTokens, version, parts.queueDepthTokens);
  gauge(registry, METRICS.queueLimitTokens, version, () => parts.queueLimitTokens);
  const { latencyBudgetSeconds: budget } = parts;
  // `bound` and not `le`, which belongs to histograms alone (promtool's lint).
  if (budget !== undefined)
    gauge(registry, METRICS.latencyBudget, { ...version, bound: String(budget) }, () => budget);
  const restarts = counter(registry, METRICS.threadRestarts, version);
  const tokenizerFailures = counter(registry, METRICS.tokenizerFailures, version);
  gauge(registry, METRICS.ready, version, () => (parts.isReady() ? 1 : 0));
  gauge(registry, METRICS.eventLoopLag, {}, parts.eventLoopLagSeconds);
  const { process } = parts;
  if (process !== undefined) {
    gauge(registry, METRICS.memoryUsage, version, process.residentBytes);
    gauge(registry, METRICS.memoryLimit, version, process.memoryLimitBytes);
    gauge(registry, METRICS.cpuLimit, version, process.cpuLimit);
    publish(registry, "counter", METRICS.processCpu, () => [{ labels: {}, value: process.cpuSeconds() }]);
    gauge(registry, METRICS.processStart, {}, () => process.startTimeSeconds);
  }
  // Families without series until the model is loaded.
  const info: Series[] = [];
  const file: Series[] = [];
  publish(registry, "gauge", METRICS.modelInfo, () => info);
  publish(registry, "gauge", METRICS.modelFile, () => file);

  return {
    ...requests,
    ...engine,
    contentType: registry.contentType,
    threadRestarted() {
      restarts.value += 1;
    },
    tokenizerFailed() {
      tokenizerFailures.value += 1;
    },
    describeModel(model) {
      info.push({ labels: { ...version, ...model.info }, value: 1 });
      file.push({ labels: version, value: model.fileBytes });
      if (model.baseline !== undefined) publishBaseline(registry, version, model.baseline);
    },
    expose: () => registry.metrics(),
  };
}
