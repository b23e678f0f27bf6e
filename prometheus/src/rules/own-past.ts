import { THRESHOLDS } from "../objectives.ts";
import type { Rule } from "../rule.ts";
import type { Writing } from "../subject.ts";

const metric = "sentiment_inference_seconds";
const callers = "ab_request_duration_seconds";

/**
 * What a model's time is spent on. A larger batch or a longer text takes longer, but less for each sequence or each
 * token; smaller batches and shorter texts are the other way round. A model that has become slower takes longer by all.
 * What a worker does not count is left out: no tokens where the graph takes the text itself.
 */
const UNITS = [
  { unit: "text", seconds: `${metric}_sum`, counted: [`${metric}_count`] },
  {
    unit: "sequence",
    seconds: "sentiment_inference_busy_seconds_total",
    counted: ["sentiment_batch_sequences_sum"],
  },
  {
    unit: "token",
    seconds: "sentiment_inference_busy_seconds_total",
    counted: ["sentiment_batch_tokens_total", "sentiment_batch_padding_tokens_total"],
  },
] as const;

/** How much slower each model, and each service without a worker's metrics, is than it used to be, and who is told. */
export function writeOwnPast({ pace, writeAlert }: Writing): readonly Rule[] {
  const now = `[${pace("5m")}]`;
  // The day ends an hour ago: what is slow now is not its own past.
  const past = `[${pace("1d")}] offset ${pace("1h")}`;
  const rate = (series: string, range: string) => `sum by (model_version) (rate(${series}${range}))`;
  const mean = (seconds: string, counted: readonly string[], range: string) =>
    `${rate(seconds, range)} / (${counted.map((series) => rate(series, range)).join(" + ")} > 0)`;
  const ratio = (seconds: string, counted: readonly string[]) =>
    `(${mean(seconds, counted, now)})\n/ (${mean(seconds, counted, past)})`;
  const isPast = (counted: string) =>
    `${rate(counted, past)} * ${pace.seconds("1d")} >= ${THRESHOLDS.pastTexts}`;
  const isSteady = (counted: string) =>
    `${rate(counted, now)} * ${pace.seconds("5m")} >= ${THRESHOLDS.latencyTexts}`;

  const byUnit = `model_version_unit:${metric}:past_ratio`;
  const modelRatio = `model_version:${metric}:past_ratio`;
  const answers = `${callers}_count{status="200"}`;
  const serviceRatio = `model_version:${callers}:past_ratio`;
  return [
    ...UNITS.map(({ unit, seconds, counted }) => ({
      record: byUnit,
      labels: { unit },
      expr: ratio(seconds, counted),
    })),
    {
      record: modelRatio,
      expr: `min by (model_version) (${byUnit})\nand on (model_version) ${isPast(`${metric}_count`)}`,
    },
    {
      record: serviceRatio,
      expr: [
        ratio(`${callers}_sum{status="200"}`, [answers]),
        `unless on (model_version) group by (model_version) (present_over_time(model_info[${pace("1d")}]))`,
        `and on (model_version) ${isPast(answers)}`,
      ].join("\n"),
    },
    writeAlert({
      name: "ModelLatencyRegression",
      expr: `${modelRatio} > ${THRESHOLDS.pastRatio}\nand on (model_version) ${isSteady(`${metric}_count`)}`,
      for: pace("10m"),
      severity: "ticket",
      tier: "worker",
      summary: "{{ $labels.model_version }} computes {{ $value | humanize }} times as long as it used to",
      description:
        "The inference time of the last five minutes against the model's own of the day that ended an hour ago, by text, by sequence and by token: this is the smallest of the three ratios, so that neither fuller batches nor longer texts are the reason.",
    }),
    writeAlert({
      name: "VariantLatencyRegression",
      expr: `${serviceRatio} > ${THRESHOLDS.pastRatio}\nand on (model_version) ${isSteady(answers)}`,
      for: pace("10m"),
      severity: "ticket",
      tier: "worker",
      summary: "{{ $labels.model_version }} answers {{ $value | humanize }} times as late as it used to",
      description:
        "The mean duration of the 200s of the last five minutes, as the gateway saw them, against the variant's own of the day that ended an hour ago. Its service has no worker's metrics, so nobody knows whether its texts have become longer.",
    }),
  ];
}
