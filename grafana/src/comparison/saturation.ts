import {
  BytesIEC,
  NoUnit,
  PercentUnit,
  RequestsPerSecond,
  Seconds,
  Short,
} from "@grafana/grafana-foundation-sdk/units";
import { THRESHOLDS } from "../../../prometheus/src/objectives.ts";
import { COLORS } from "../color.ts";
import { COUNTED_STEP, drawLines } from "../panel/lines.ts";
import { byModel, OF_MODELS } from "../query.ts";
import type { Row } from "../row.ts";

/** A metric of the process, which knows no model, by the model that the process serves. */
const ofProcess = (expr: string) =>
  `max by (model_version) (${expr} * on (job, instance) group_left (model_version) max by (job, instance, model_version) (model_info{${OF_MODELS}}))`;
/**
 * Before and after a restart must both be in what is counted over, and a step may have room for one of them only. Looked
 * at once in every least step, so that none falls between two longer ones.
 */
const overRestarts = (counted: (window: string) => string) =>
  `max_over_time(${counted("[15m]")}[$__interval:${COUNTED_STEP}])`;
/** While a process starts it answers Prometheus and does not say yet which model it serves, so what it last said counts. */
const restarts = `sum by (model_version) (max by (job, instance, model_version) (last_over_time(model_info{${OF_MODELS}}[1h])) * on (job, instance) group_left () ${overRestarts((window) => `changes(process_start_time_seconds{job="sentiment-worker"}${window})`)})`;
const failures = (metric: string) =>
  `sum by (model_version) (${overRestarts((window) => `increase(${metric}{${OF_MODELS}}${window})`)})`;
const rate = (metric: string, more = "") =>
  `sum by (model_version) (rate(${metric}{${OF_MODELS}${more}}[$__rate_interval]))`;

/** What each model takes, and how close it is to its limits. */
export const saturation: Row = {
  id: 600,
  title: "Memory, queue, saturation",
  panels: [
    drawLines({
      title: "Memory",
      description:
        "Resident memory of each model's process. A line that only rises is a leak; the difference is what the hungrier model costs.",
      unit: BytesIEC,
      min: 0,
      queries: byModel(`max by (model_version, instance) (model_memory_usage_bytes{${OF_MODELS}})`),
    }),
    drawLines({
      title: "Memory against its limit",
      description:
        "The same as a share of what the process may use: its control group's limit, else the machine's memory. At 100 % the kernel ends it.",
      unit: PercentUnit,
      min: 0,
      max: 1,
      queries: byModel(
        `max by (model_version, instance) (model_memory_usage_bytes{${OF_MODELS}} / model_memory_limit_bytes{${OF_MODELS}})`,
      ),
      steps: [{ from: THRESHOLDS.memoryRatio, color: COLORS.alarm }],
    }),
    drawLines({
      title: "CPU",
      description:
        "Cores that each model's process uses, of its busiest replica. More than the time in model runs is tokenising, HTTP and waste.",
      unit: NoUnit,
      min: 0,
      queries: byModel(
        ofProcess('rate(process_cpu_seconds_total{job="sentiment-worker"}[$__rate_interval])'),
      ),
    }),
    drawLines({
      title: "Inference thread busy",
      description:
        "Share of the time that the inference thread computes, averaged over a model's replicas. Towards 100 % texts begin to wait, and more traffic needs another replica.",
      unit: PercentUnit,
      min: 0,
      max: 1,
      queries: byModel(
        `avg by (model_version) (rate(sentiment_inference_busy_seconds_total{${OF_MODELS}}[$__rate_interval]))`,
      ),
    }),
    drawLines({
      title: "Queue against its limit",
      description:
        "How full the queue is, in texts or in tokens, whichever is fuller, as a mean of five minutes. At 100 % callers get a 429.",
      unit: PercentUnit,
      min: 0,
      max: 1,
      queries: byModel(`max by (model_version) (model_version:sentiment_queue:saturation5m{${OF_MODELS}})`),
      steps: [{ from: THRESHOLDS.queueSaturation, color: COLORS.alarm }],
    }),
    drawLines({
      title: "Waiting in the queue, P50 and P99",
      description:
        "How long computed texts only waited. It rises long before the queue is full; the model's own time is not in it.",
      unit: Seconds,
      min: 0,
      queries: [0.5, 0.99].flatMap((q) =>
        byModel(
          `histogram_quantile(${q}, sum by (model_version, le) (rate(sentiment_queue_seconds_bucket{${OF_MODELS}}[$__rate_interval])))`,
          {
            id: `p${100 * q}_`,
            legend: `{{model_version}} P${100 * q}`,
            look: q === 0.5 ? {} : { dashed: true },
          },
        ),
      ),
    }),
    drawLines({
      title: "Texts in one run",
      description:
        "Mean size of a batch: 1 is a text at a time. It grows with the load where max_batch_size allows it; compare latencies only at equal sizes.",
      unit: Short,
      min: 0,
      queries: byModel(
        `${rate("sentiment_batch_sequences_sum")} / ${rate("sentiment_batch_sequences_count")}`,
      ),
    }),
    drawLines({
      title: "Computed padding",
      description:
        "Share of the computed tokens that only fill shorter texts of a batch up to its longest: waste. 0 where texts run one at a time.",
      unit: PercentUnit,
      min: 0,
      queries: byModel(
        `${rate("sentiment_batch_padding_tokens_total")} / (${rate("sentiment_batch_padding_tokens_total")} + ${rate("sentiment_batch_tokens_total")})`,
      ),
    }),
    drawLines({
      title: "Event loop lag of the workers",
      description:
        "99th percentile of the delay of the thread that speaks HTTP. Above some 100 ms answers wait although the model is done.",
      unit: Seconds,
      min: 0,
      queries: byModel(ofProcess('nodejs_eventloop_lag_p99_seconds{job="sentiment-worker"}')),
      steps: [{ from: THRESHOLDS.eventLoopLagSeconds, color: COLORS.alarm }],
    }),
    drawLines({
      title: "Answer cache",
      description:
        "Lookups per second (solid) and those of them that were found (dashed). Cached answers are in no time of inference; flat at 0 where answer_cache is off.",
      unit: RequestsPerSecond,
      min: 0,
      queries: [
        ...byModel(rate("sentiment_answer_cache_lookups_total"), { legend: "{{model_version}} asked" }),
        ...byModel(rate("sentiment_answer_cache_lookups_total", ',result="hit"'), {
          id: "hit_",
          legend: "{{model_version}} found",
          look: { dashed: true },
        }),
      ],
    }),
    drawLines({
      title: "Admitted, but not answered",
      description:
        "Texts that were let into the queue and got no answer: the caller left, the deadline passed, the run failed, the worker stopped. Flat at 0 on a good day.",
      unit: RequestsPerSecond,
      min: 0,
      queries: byModel(
        `sum by (model_version, reason) (rate(sentiment_dropped_total{${OF_MODELS}}[$__rate_interval]))`,
        { legend: "{{model_version}} {{reason}}" },
      ),
    }),
    drawLines({
      title: "Restarts",
      description:
        "Restarts of each model's process, failures of its inference thread (dashed) and of its tokenizer thread, within a quarter of an hour. Every one is texts that were lost or late.",
      unit: Short,
      min: 0,
      draw: "steps",
      queries: [
        ...byModel(restarts, { legend: "{{model_version}} process" }),
        ...byModel(failures("sentiment_inference_thread_restarts_total"), {
          id: "inference_",
          legend: "{{model_version}} inference thread",
          look: { dashed: true },
        }),
        ...byModel(failures("sentiment_tokenizer_thread_failures_total"), {
          id: "tokenizer_",
          legend: "{{model_version}} tokenizer thread",
        }),
      ],
    }),
  ],
};
