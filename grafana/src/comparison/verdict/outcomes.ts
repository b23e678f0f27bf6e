import type { Panel } from "@grafana/grafana-foundation-sdk/dashboard";
import { PercentUnit, RequestsPerSecond, Seconds, Short } from "@grafana/grafana-foundation-sdk/units";
import { THRESHOLDS } from "../../../../prometheus/src/objectives.ts";
import { COLORS } from "../../color.ts";
import { rarely } from "../../gateway/rarely.ts";
import { drawLines } from "../../panel/lines.ts";
import { OF_EXPERIMENT, one } from "../../query.ts";

const step = "[$__rate_interval]";
const delay = (quantile: number) =>
  `histogram_quantile(${quantile}, sum by (le) (rate(ab_outcome_delay_seconds_bucket{${OF_EXPERIMENT}}${step})))`;
const pairs = `sum by (label, shadow_label) (rate(ab_shadow_predictions_total{${OF_EXPERIMENT}}${step}))`;
/** A label beside itself: PromQL cannot compare two labels of one series. */
const same = `label_replace(sum by (label) (${pairs}), "shadow_label", "$1", "label", "(.*)")`;

/** What is reported about the answers, all variants together: a count of one would tell which it is. */
export const outcomePanels: readonly Panel[] = [
  drawLines({
    title: "Outcomes",
    description:
      "Reports about answers that were taken, in each step, by what they say, of all variants together. A feed that ends shows here first.",
    unit: Short,
    min: 0,
    draw: "bars",
    stack: "normal",
    queries: [
      one(
        "outcomes",
        `sum by (outcome) (increase(ab_outcomes_total{${OF_EXPERIMENT}}${step}))`,
        "{{outcome}}",
      ),
    ],
  }),
  drawLines({
    title: "Refused outcomes",
    description:
      "Reports that were not counted, by their reason. A repetition is harmless; what cannot be read, is too old or of another experiment is lost for both variants.",
    unit: Short,
    min: 0,
    draw: "bars",
    stack: "normal",
    queries: [rarely("rejected", ["reason"], `increase(ab_outcomes_rejected_total${step})`)],
  }),
  drawLines({
    title: "Delay of outcomes",
    description:
      "From the answer to the report, half of them (solid) and nine in ten (dashed). Set analysis.maturity above the dashed line, or the newest answers always look worse than they are.",
    unit: Seconds,
    min: 0,
    queries: [
      one("p50", delay(0.5), "half", { color: COLORS.quiet }),
      one("p90", delay(0.9), "nine in ten", { color: COLORS.quiet, dashed: true }),
    ],
  }),
  drawLines({
    title: "Tokens given",
    description:
      "Answers that a report can be made about, per second. Below the rate of exposures: an answer without a token cannot be reported.",
    unit: RequestsPerSecond,
    min: 0,
    width: 6,
    queries: [one("tokens", `sum(rate(ab_outcome_tokens_total${step}))`, "tokens", { color: COLORS.quiet })],
  }),
  drawLines({
    title: "Agreement with the shadow",
    description:
      "Share of the requests sent to both models that both gave the same label. Labels that only one of the models has can never agree.",
    unit: PercentUnit,
    min: 0,
    max: 1,
    width: 6,
    queries: [
      one("agreement", `sum(${pairs} and on (label, shadow_label) ${same}) / sum(${pairs})`, "same label", {
        color: COLORS.quiet,
      }),
    ],
  }),
  drawLines({
    title: "Shadow requests",
    description:
      "Requests that were also to go to the other model, by what became of them. Dropped are those beyond shadow.max_in_flight; callers notice none of them.",
    unit: RequestsPerSecond,
    min: 0,
    width: 6,
    stack: "normal",
    draw: "areas",
    colors: { answered: COLORS.quiet, failed: COLORS.alarm, dropped: COLORS.neutral },
    queries: [
      one(
        "shadow",
        `sum by (result) (rate(ab_shadow_requests_total{${OF_EXPERIMENT}}${step}))`,
        "{{result}}",
      ),
    ],
  }),
  drawLines({
    title: "Contamination",
    description:
      "Share of the exposures whose id header and session cookie lead to different variants: users who meet both. Every difference is smaller by about that share. Above the dashed line somebody is told.",
    unit: PercentUnit,
    min: 0,
    width: 6,
    steps: [{ from: THRESHOLDS.contaminatedRatio, color: COLORS.alarm }],
    queries: [
      one(
        "contaminated",
        `sum(rate(ab_contaminated_requests_total{${OF_EXPERIMENT}}${step})) / sum(rate(ab_bucket_requests_total{${OF_EXPERIMENT}}${step}))`,
        "of both variants",
        { color: COLORS.quiet },
      ),
    ],
  }),
];
