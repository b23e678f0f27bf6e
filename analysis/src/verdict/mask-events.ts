import type { MetricName } from "../../../proxy/src/config/analysis-config.ts";
import type { VariantSummary } from "./verdict.ts";

/**
 * Reports of all variants together below which nothing of a metric is shown masked: whoever reports two conversions, and
 * sees one letter's share rise, has learnt the letter.
 */
export const LEAST_SHOWN = 20;

interface Event {
  readonly one: string;
  readonly many: string;
  /** In one variant. */
  count(variant: VariantSummary): number;
}

const truth: Event = {
  one: "truth",
  many: "truths",
  count: ({ classification }) => classification?.count ?? 0,
};

const rating: Event = {
  one: "rating of a predicted number",
  many: "ratings of predicted numbers",
  count: ({ regression }) => regression?.count ?? 0,
};

const EVENTS: Readonly<Record<MetricName, Event>> = {
  error_ratio: { one: "error", many: "errors", count: ({ errors }) => errors },
  slow_ratio: { one: "slow answer", many: "slow answers", count: ({ slow }) => slow },
  conversion: reported("conversion", "converted"),
  correct_ratio: {
    one: "answer judged right or wrong",
    many: "answers judged right or wrong",
    count: ({ outcomes }) => (outcomes.correct ?? 0) + (outcomes.incorrect ?? 0),
  },
  accuracy: truth,
  macro_recall: truth,
  macro_f1: truth,
  revenue: reported("revenue", "revenue"),
  rating: reported("rating", "rating"),
  nps: reported("score", "nps"),
  mean_absolute_error: rating,
  root_mean_squared_error: rating,
};

function reported(one: string, outcome: string): Event {
  return { one, many: `${one}s`, count: ({ outcomes }) => outcomes[outcome] ?? 0 };
}

/** What a metric is made of, in all variants together. */
export function countEvents(metric: MetricName, variants: readonly VariantSummary[]): number {
  return variants.reduce((sum, variant) => sum + EVENTS[metric].count(variant), 0);
}

/** Truths, and answers judged right or wrong, in all variants together. */
export function countTruths(variants: readonly VariantSummary[]): number {
  return countEvents("accuracy", variants) + countEvents("correct_ratio", variants);
}

/** "13 truths". */
export function sayEvents(metric: MetricName, count: number): string {
  const { one, many } = EVENTS[metric];
  return `${count} ${count === 1 ? one : many}`;
}

/** What stands in place of an interval: "13 truths, too few for an interval". */
export function sayTooFew(metric: MetricName, count: number): string {
  return count === 0
    ? `no ${EVENTS[metric].many} yet`
    : `${sayEvents(metric, count)}, too few for an interval`;
}
