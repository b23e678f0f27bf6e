import type { MetricName } from "../../../proxy/src/config/analysis-config.ts";
import type { Uncertain } from "./estimate.ts";

/*
 * Every test here stands on the normal approximation of sums over buckets and blocks, which is no good for a handful of
 * either. Below these numbers nothing is said (buckets, exposures) or decided (events, blocks). test/simulation shows
 * that they suffice.
 */
/** In each variant. A variance of fewer buckets has tails of its own. */
export const LEAST_BUCKETS = 20;
/** Denominator of each variant. */
export const LEAST_SIZE = 200;
/** Of the rarer of yes and no, in both variants together: a control without any error must not keep one from being seen. */
const LEAST_EVENTS = 20;
/**
 * Of metrics that are counted with the request: a single burst within fewer blocks weighs too much. Reports of outcomes
 * may all come within one block, so that blocks are no condition for them.
 */
export const LEAST_BLOCKS = 10;

const WITH_THE_REQUEST: ReadonlySet<MetricName> = new Set<MetricName>(["error_ratio", "slow_ratio"]);

/** Whether a metric is known with the answer; every other waits for what is reported later. */
export function isCountedWithRequest(metric: MetricName): boolean {
  return WITH_THE_REQUEST.has(metric);
}

/** Whether there is enough for an interval. */
export function canSay({ buckets, size, variance }: Uncertain): boolean {
  return buckets >= LEAST_BUCKETS && size >= LEAST_SIZE && variance > 0 && Number.isFinite(variance);
}

/** Whether there is enough for a decision. */
export function canDecide(metric: MetricName, estimate: Uncertain): boolean {
  return (
    canSay(estimate) &&
    estimate.events >= LEAST_EVENTS &&
    (!isCountedWithRequest(metric) || estimate.blocks >= LEAST_BLOCKS)
  );
}
