import { PercentUnit, RequestsPerSecond, Short } from "@grafana/grafana-foundation-sdk/units";
import { COLORS } from "../color.ts";
import { drawLines } from "../panel/lines.ts";
import { showNumbers } from "../panel/numbers.ts";
import { showTotals } from "../panel/totals.ts";
import { byModel, OF_EXPERIMENT, OF_MODELS, one } from "../query.ts";
import type { Row } from "../row.ts";

/** Of all variants, whichever are chosen: a share is one of the whole. What a tester forced is in it as little as in the weights. */
const exposures = `rate(ab_bucket_requests_total{${OF_EXPERIMENT}}[$__rate_interval])`;
const total = `sum by (model_version) (increase(sentiment_requests_total{${OF_MODELS},status="200"}[$__range]))`;

/** Who got how much. */
export const split: Row = {
  id: 200,
  title: "Traffic split",
  panels: [
    drawLines({
      title: "Traffic split",
      description:
        "Each variant's share of the experiment's answers, stacked; the dashed line is the control's configured weight, where the border should lie. It comes closer the more users there are. Testers' forced requests, and what reaches a worker past the gateway, are not in it.",
      unit: PercentUnit,
      width: 12,
      min: 0,
      max: 1,
      draw: "areas",
      stack: "percent",
      queries: [
        ...byModel(`sum by (model_version) (${exposures}) / scalar(sum(${exposures}))`),
        one(
          "target",
          `max by (model_version) (ab_variant_weight_ratio{${OF_EXPERIMENT}}) and on (model_version) ab_variant_info{role="control"}`,
          "weight of {{model_version}}",
          { color: COLORS.reference, dashed: true, unstacked: true },
        ),
      ],
    }),
    showTotals({
      title: "Predictions by model",
      description:
        "Predictions of each model in the chosen period, as bars to be held beside each other, whoever asked: testers and direct callers of a worker too.",
      unit: Short,
      decimals: 0,
      width: 6,
      each: "Model",
      count: "Predictions",
      queries: byModel(total).map((query) => ({ ...query, legend: `{{model_version}} (${query.id})` })),
    }),
    showNumbers({
      title: "Predictions",
      description:
        "The same as numbers. They are increases over the period, so that a restart of a worker does not show as a fall to zero.",
      unit: Short,
      width: 6,
      queries: byModel(total),
    }),
    drawLines({
      title: "Decisions by kind",
      description:
        "How requests came to their variant: by the hash of their user, by a tester's token, or by falling back from a variant that was down. Only the hashed ones are in the experiment's counts.",
      unit: RequestsPerSecond,
      min: 0,
      width: 12,
      stack: "normal",
      draw: "areas",
      queries: [
        one(
          "assignments",
          `sum by (assignment) (rate(ab_assignments_total{${OF_EXPERIMENT}}[$__rate_interval]))`,
          "{{assignment}}",
        ),
      ],
    }),
    drawLines({
      title: "Who is asking",
      description:
        "Where the user ids of requests came from. Many new sessions beside few cookies are callers that keep no cookies: each of their requests is another user, who may meet another model.",
      unit: RequestsPerSecond,
      min: 0,
      width: 12,
      stack: "normal",
      draw: "areas",
      queries: [one("identity", "sum by (source) (rate(ab_identity_total[$__rate_interval]))", "{{source}}")],
    }),
  ],
};
