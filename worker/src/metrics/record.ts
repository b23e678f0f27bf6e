import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { type DispatchRecord, DROP_REASONS, type DropReason } from "../inference/dispatcher.ts";
import { NO_LABEL } from "../model/labels.ts";
import type { Prediction } from "../model/prediction.ts";
import {
  CHARACTER_BUCKETS,
  CONFIDENCE_BUCKETS,
  INFERENCE_BUCKETS,
  METRICS,
  QUEUE_BUCKETS,
  STATUSES,
  TOKENIZE_BUCKETS,
} from "./metrics.ts";
import type { ProcessReadings } from "./process.ts";

export interface ModelInfo {
  readonly model_name: string;
  readonly revision: string;
  readonly dtype: string;
  readonly runtime: string;
  /** Canonical labels in the model's order, comma-separated. */
  readonly labels: string;
}

export interface Metrics extends DispatchRecord {
  /** Content type of `expose`. */
  readonly contentType: string;
  /** One answered prediction request: each prediction counts, with its label. */
  answered(predictions: readonly Prediction[]): void;
  /** One prediction request that ended without a prediction; 499 for a caller who left. */
  failed(status: number): void;
  /** Unicode characters of one text that was predicted. */
  characters(count: number): void;
  threadRestarted(): void;
  connectionDropped(): void;
  describeModel(info: ModelInfo): void;
  /** The registry in the text format of Prometheus. */
  expose(): Promise<string>;
}

export interface MetricsParts {
  /** The label `model_version`. */
  readonly name: string;
  readonly labels: readonly string[];
  readonly queueLimit: number;
  /** Read at scrape. */
  readonly queueDepth: () => number;
  readonly isReady: () => boolean;
  readonly eventLoopLagSeconds: () => number;
  /** Left out where nothing of the process may be read. */
  readonly process: ProcessReadings | undefined;
}

/** Creates every metric in a registry of its own, and every series that can exist, at 0. */
export function createMetrics(parts: MetricsParts): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const version = { model_version: parts.name };
  const labelNames = ["model_version"] as const;

  const counter = (metric: Named) => {
    const created = new Counter({ ...metric, labelNames, registers });
    created.inc(version, 0);
    return created;
  };
  const histogram = (metric: Named, buckets: readonly number[]) => {
    const created = new Histogram({ ...metric, labelNames, registers, buckets: [...buckets] });
    created.zero(version);
    return created;
  };
  const gauge = (metric: Named, read: () => number) =>
    new Gauge({
      ...metric,
      labelNames,
      registers,
      collect() {
        this.set(version, read());
      },
    });

  const requests = new Counter({
    ...METRICS.requests,
    labelNames: ["model_version", "status", "sentiment_label"],
    registers,
  });
  // Legal pairs only: a prediction means 200, everything else has no label.
  for (const label of parts.labels) requests.inc({ ...version, status: "200", sentiment_label: label }, 0);
  for (const status of STATUSES) {
    if (status !== "200") requests.inc({ ...version, status, sentiment_label: NO_LABEL }, 0);
  }
  const inference = histogram(METRICS.inference, INFERENCE_BUCKETS);
  const inferenceSquared = counter(METRICS.inferenceSquared);
  const tokenize = histogram(METRICS.tokenize, TOKENIZE_BUCKETS);
  const queue = histogram(METRICS.queue, QUEUE_BUCKETS);
  gauge(METRICS.queueDepth, parts.queueDepth);
  gauge(METRICS.queueLimit, () => parts.queueLimit);
  const dropped = new Counter({ ...METRICS.dropped, labelNames: ["model_version", "reason"], registers });
  for (const reason of DROP_REASONS) dropped.inc({ ...version, reason }, 0);
  const droppedConnections = counter(METRICS.droppedConnections);
  const confidence = histogram(METRICS.confidence, CONFIDENCE_BUCKETS);
  const characters = histogram(METRICS.characters, CHARACTER_BUCKETS);
  const truncated = counter(METRICS.truncated);
  const restarts = counter(METRICS.threadRestarts);
  gauge(METRICS.ready, () => (parts.isReady() ? 1 : 0));
  const info = new Gauge({
    ...METRICS.modelInfo,
    labelNames: ["model_version", "model_name", "revision", "dtype", "runtime", "labels"],
    registers,
  });
  new Gauge({
    ...METRICS.eventLoopLag,
    registers,
    collect() {
      this.set(parts.eventLoopLagSeconds());
    },
  });
  const { process } = parts;
  if (process !== undefined) {
    gauge(METRICS.memoryUsage, process.residentBytes);
    gauge(METRICS.memoryLimit, process.memoryLimitBytes);
    new Counter({
      ...METRICS.processCpu,
      registers,
      collect() {
        this.reset();
        this.inc(process.cpuSeconds());
      },
    });
    new Gauge({ ...METRICS.processStart, registers }).set(process.startTimeSeconds);
  }

  return {
    contentType: registry.contentType,
    answered(predictions) {
      for (const { label } of predictions) {
        requests.inc({ ...version, status: "200", sentiment_label: label });
      }
    },
    failed(status) {
      const text = String(status);
      const known = STATUSES.find((candidate) => candidate === text) ?? "other";
      requests.inc({ ...version, status: known, sentiment_label: NO_LABEL });
    },
    inference(seconds) {
      inference.observe(version, seconds);
      inferenceSquared.inc(version, seconds * seconds);
    },
    tokenized: (seconds) => tokenize.observe(version, seconds),
    queued: (seconds) => queue.observe(version, seconds),
    confidence: (score) => confidence.observe(version, score),
    characters: (count) => characters.observe(version, count),
    truncated: () => truncated.inc(version),
    dropped: (reason: DropReason, count) => dropped.inc({ ...version, reason }, count),
    threadRestarted: () => restarts.inc(version),
    connectionDropped: () => droppedConnections.inc(version),
    describeModel: (model) => info.set({ ...version, ...model }, 1),
    expose: () => registry.metrics(),
  };
}

type Named = { readonly name: string; readonly help: string };
