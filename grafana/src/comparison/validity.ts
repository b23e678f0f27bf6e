import { NoUnit, PercentUnit, Short } from "@grafana/grafana-foundation-sdk/units";
import { SAMPLE_RATIO_EXPECTED, SAMPLE_RATIO_QUANTILES } from "../../../prometheus/src/sample-ratio.ts";
import { COLORS } from "../color.ts";
import { drawLines } from "../panel/lines.ts";
import { showNumbers } from "../panel/numbers.ts";
import { byModel, OF_EXPERIMENT, OF_MODELS, one } from "../query.ts";
import type { Row } from "../row.ts";

const statistic = `experiment:ab_srm:chi2_adjusted_1h{${OF_EXPERIMENT}}`;
/** It depends on the number of variants, and is absent where there are too few exposures to say anything. */
const pointOf = (name: keyof typeof SAMPLE_RATIO_QUANTILES) =>
  `on (experiment) experiment:ab_srm:critical_1h{quantile="${SAMPLE_RATIO_QUANTILES[name]}"}`;
const rarest = `min by (experiment) (experiment_model_version:ab_expected_assignments:increase1h{${OF_EXPERIMENT}} > 0)`;
const shareOf = (series: string) =>
  `sum by (model_version) (${series}{${OF_EXPERIMENT}}) / scalar(sum(${series}{${OF_EXPERIMENT}}))`;

/** Whether the rest of the page may be believed. */
export const validity: Row = {
  id: 100,
  title: "Is the comparison valid?",
  panels: [
    showNumbers({
      title: "Sample ratio",
      description: `How far the last hour's exposures are from the weights, after allowing for users who ask more than once: around the number of variants less 1 is chance. Far above it one variant loses callers, and every other number here is void. It describes; it is no test. Nothing is said where fewer than ${SAMPLE_RATIO_EXPECTED} were expected of a variant.`,
      unit: NoUnit,
      decimals: 1,
      width: 6,
      queries: [
        one("expected", `${statistic} < ${pointOf("unusual")}`, "as the weights say", {
          color: COLORS.quiet,
        }),
        one(
          "unusual",
          `${statistic} >= ${pointOf("unusual")} < ${pointOf("broken")}`,
          "unusual: keep an eye on it",
          { color: COLORS.notice },
        ),
        one("broken", `${statistic} >= ${pointOf("broken")}`, "broken: believe nothing below", {
          color: COLORS.alarm,
        }),
        one(
          "few",
          `${rarest} < ${SAMPLE_RATIO_EXPECTED}`,
          "exposures expected of a variant: too few to say",
          {
            color: COLORS.neutral,
          },
        ),
      ],
    }),
    drawLines({
      title: "Observed and expected shares",
      description:
        "Each variant's share of the last hour's exposures beside the share that the weights predict (dashed). A gap that stays open is callers lost on the way to one variant.",
      unit: PercentUnit,
      width: 10,
      queries: [
        ...byModel(shareOf("experiment_model_version:ab_exposures:increase1h"), {
          legend: "{{model_version}}",
        }),
        ...byModel(shareOf("experiment_model_version:ab_expected_assignments:increase1h"), {
          id: "expected_",
          legend: "{{model_version}} expected",
          look: { dashed: true },
        }),
      ],
    }),
    showNumbers({
      title: "Exposures in this period",
      description:
        "Answers of the experiment that reached callers in the chosen period. With a few hundred for each variant, differences of some per cent are chance.",
      unit: Short,
      width: 4,
      queries: byModel(
        `sum by (model_version) (increase(ab_bucket_requests_total{${OF_EXPERIMENT},${OF_MODELS}}[$__range]))`,
        { look: {} },
      ),
    }),
    showNumbers({
      title: "What watches, what alarms",
      description:
        "Share of the processes of each kind that answer Prometheus, and how many alerts fire now (the dead man's switch always does). Where a process does not answer, its side of every panel is old.",
      unit: NoUnit,
      width: 4,
      queries: [
        one("up", 'avg by (job) (up{job=~"ab-proxy|sentiment-worker"})', "{{job}} up", { unit: PercentUnit }),
        one("firing", 'count(ALERTS{alertstate="firing",severity!="none"}) or vector(0)', "alerts firing"),
      ],
    }),
    drawLines({
      title: "Exposures over their expectation",
      description:
        "Exposures of the last hour as a share of what the decisions promised: 1 is an answer for every decision. A variant below the others loses callers before its answer.",
      unit: PercentUnit,
      width: 12,
      queries: byModel(
        `sum by (model_version) (experiment_model_version:ab_exposures:increase1h{${OF_EXPERIMENT}}) / sum by (model_version) (experiment_model_version:ab_expected_assignments:increase1h{${OF_EXPERIMENT}})`,
      ),
    }),
    drawLines({
      title: "Unevenness of users",
      description:
        "Variance over mean of the requests in the hundred analysis buckets: 1 is one request for each user; the more a few users ask, the higher it is, and the less each request says. The sample ratio is divided by it.",
      unit: NoUnit,
      width: 12,
      min: 0,
      queries: [one("dispersion", `experiment:ab_requests:dispersion1h{${OF_EXPERIMENT}}`, "{{experiment}}")],
    }),
  ],
};
