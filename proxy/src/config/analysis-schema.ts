import { z } from "zod";
import { DIRECTIONS, METRICS, NEUTRAL_RULES, STOP_MODES } from "./analysis-config.ts";
import { duration } from "./duration.ts";
import { adminHost, host, port } from "./http-names.ts";
import { perCent, wholeNumber } from "./number.ts";
import { absolutePath } from "./outcome-names.ts";
import { replicaUrl, upstreamUrl } from "./upstream-url.ts";

export const exposureSection = z
  .strictObject({
    methods: z
      .array(z.string().regex(/^[A-Z]{1,20}$/))
      .min(1)
      .max(20)
      .optional()
      .meta({ description: "Methods whose requests count, such as POST; all where it is left out." }),
    paths: z.array(absolutePath).min(1).max(100).optional().meta({
      description: "Paths whose requests count, with what is below them; all where it is left out.",
    }),
  })
  .prefault({})
  .meta({ description: "Which requests count for the experiment." });

const metric = z.enum(METRICS);
const direction = z.enum(DIRECTIONS);
/** A share of error: 0.05 is one wrong verdict in twenty. */
const alpha = z.number().min(0.0001).max(0.5);
const margin = z.number().min(0).max(1e9);

const guardrail = z.strictObject({
  metric: metric.meta({ description: "What must not get worse." }),
  direction: direction.optional().meta({ description: "Which way is better; known for every metric." }),
  margin: margin.meta({ description: "How much worse is still accepted, in the metric's own unit." }),
});

export const analysisSection = z
  .strictObject({
    metric: metric.prefault("error_ratio").meta({ description: "The primary metric: it alone decides." }),
    direction: direction.optional().meta({ description: "Which way is better; known for every metric." }),
    margin: margin.prefault(0.01).meta({
      description:
        "Smaller differences do not matter, in the metric's own unit (0.01 is one percentage point).",
    }),
    alpha: alpha.prefault(0.05).meta({ description: "Chance of a wrong verdict, over all looks." }),
    guardrail_alpha: alpha.prefault(0.05).meta({
      description: "Chance of a false breach, over all looks, guardrails and treatments.",
    }),
    tau: z.number().gt(0).max(1e9).optional().meta({
      description: "Size of the differences expected, where the test is sharpest; twice the margin, or 0.01.",
    }),
    horizon: duration("1m", "365d").prefault("30d").meta({
      description: "When the experiment ends, from its first exposure.",
    }),
    planned_looks: wholeNumber(1, 20).optional().meta({
      description: "Looks, evenly over the horizon, instead of a sequential test.",
    }),
    maturity: duration("0s", "90d").prefault("1d").meta({
      description: "How long truth may take after the answer.",
    }),
    neutral: z.enum(NEUTRAL_RULES).prefault("own-class").meta({
      description: "What the label neutral is in the comparison; raw counts keep it.",
    }),
    slower_than: duration("1ms", "10s").prefault("500ms").meta({
      description: "Answers slower than this are slow; one of the bounds of ab_request_duration_seconds.",
    }),
    guardrails: z
      .array(guardrail)
      .max(10)
      .prefault([{ metric: "error_ratio", margin: 0.005 }])
      .meta({ description: "What must not get worse, whatever the primary metric says." }),
    secondary: z.array(metric).max(10).prefault([]).meta({
      description: "Metrics that are reported beside it, corrected by Holm; they decide nothing.",
    }),
  })
  .prefault({})
  .meta({ description: "How the experiment will be judged; fix it before the start." });

export const shadowSection = z
  .strictObject({
    variant: z.string().max(63).meta({ description: "Variant that gets the other variants' requests too." }),
    percent: perCent().prefault(1).meta({ description: "Share of the requests, in per cent." }),
    max_in_flight: wholeNumber(1, 10_000).prefault(8).meta({
      description: "Shadow requests at once; more are dropped.",
    }),
    sample_texts: z.string().min(1).max(1000).optional().meta({
      description: "File that requests with differing answers are written to, with their texts.",
    }),
  })
  .meta({ description: "Send requests to another variant too; its answer reaches nobody." });

export const judgeSection = z
  .strictObject({
    host: host.prefault("127.0.0.1").meta({ description: "Address of the judge's listener." }),
    port: port.prefault(8082).meta({ description: "Port of the judge's listener; 0 takes any free one." }),
    hosts: z.array(adminHost).max(100).prefault([]).meta({
      description:
        "Names allowed in the Host header of the judge's listener beside IP literals and localhost.",
    }),
    url: replicaUrl.optional().meta({
      description: "Where gateways ask the judge, such as http://judge:8082; without it none does.",
    }),
    step: duration("1s", "1h").prefault("5m").meta({ description: "Between two looks." }),
    prometheus: upstreamUrl.optional().meta({
      description: "Prometheus that the judge reads; without it, the gateways' own /metrics.",
    }),
    gateways: z.array(replicaUrl).max(64).prefault([]).meta({
      description: "Admin listeners that the judge reads; admin.port of this host where it is left out.",
    }),
    state: z.string().min(1).max(1000).prefault(".blindsplit/judge.json").meta({
      description: "File that the judge keeps its counts and decisions in.",
    }),
    stop: z.enum(STOP_MODES).prefault("off").meta({
      description: "What gateways do when a guardrail is breached: nothing, say so, or stop the treatment.",
    }),
    stop_file: z.string().min(1).max(1000).optional().meta({
      description: "File that a gateway keeps stops in, for a start while the judge is away.",
    }),
    poll: duration("100ms", "10m").prefault("5s").meta({ description: "How often gateways ask the judge." }),
  })
  .prefault({})
  .meta({ description: "The process that decides." });
