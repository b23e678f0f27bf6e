import type { Direction, MetricName } from "../../../proxy/src/config/analysis-config.ts";
import { EPOCHS } from "../evidence/calendar.ts";
import { halfWidth, oneSidedHalfWidth } from "../statistics/confidence-sequence.ts";
import { alwaysValidP, logLikelihoodRatio } from "../statistics/msprt.ts";
import { type Difference, estimateDifference, type Pair } from "./estimate.ts";
import type { Measure } from "./measure.ts";
import { canDecide, canSay } from "./minimum.ts";
import { naivePValue } from "./naive.ts";
import { decideOn } from "./primary.ts";
import { decide, keepPoint, lowerP, type ProgressState } from "./progress.ts";
import type { Table } from "./table.ts";
import type { Estimate, MetricComparison } from "./verdict.ts";

/** What one metric of one treatment is compared by; fixed by the plan. */
export interface Terms {
  readonly metric: MetricName;
  readonly kind: MetricComparison["kind"];
  readonly direction: Direction;
  readonly margin: number;
  /** This comparison's own share. */
  readonly alpha: number;
  readonly tau: number;
}

export interface Scene {
  readonly at: number;
  readonly pair: Pair;
  readonly table: Table;
  readonly epoch: { readonly number: number; table(): Table };
  /** Whether validity and time let the primary metric be decided. */
  readonly isOpen: boolean;
  /** Bound on |z| of the planned look; undefined in sequential tests. */
  readonly planned: { readonly bound: number; readonly due: number } | undefined;
}

export interface Compared {
  readonly comparison: MetricComparison;
  readonly difference: Difference | undefined;
}

/** One look at one metric; `progress` is brought up to date. */
export function compare(terms: Terms, of: Measure, scene: Scene, progress: ProgressState): Compared {
  const { at, pair, table } = scene;
  const found = estimateDifference(table, pair, of);
  const difference = found !== undefined && canSay(found) ? found : undefined;
  const interval = difference && intervalOf(terms, difference, scene);
  const ratio =
    difference === undefined ? null : logLikelihoodRatio(difference.value, difference.variance, terms.tau);
  // A guardrail is tested whatever the comparison is worth.
  const isOpen = scene.isOpen || terms.kind === "guardrail";
  if (ratio !== null && difference !== undefined && isOpen && canDecide(terms.metric, difference))
    lowerP(progress, alwaysValidP(ratio));
  if (difference !== undefined && interval !== undefined) judge(terms, difference, interval, scene, progress);
  if (terms.kind === "guardrail") judgeEpoch(terms, of, scene, progress);
  if (interval !== undefined) keepPoint(progress, { at, difference: interval });
  const comparison: MetricComparison = {
    metric: terms.metric,
    kind: terms.kind,
    direction: terms.direction,
    margin: terms.margin,
    alpha: terms.alpha,
    control: found?.control ?? null,
    treatment: found?.treatment ?? null,
    difference: interval ?? null,
    pooledDifference: found?.pooled ?? null,
    standardErrors: difference
      ? { clustered: Math.sqrt(difference.clustered), block: Math.sqrt(difference.block) }
      : null,
    logLikelihoodRatio: ratio,
    pValue: progress.leastP,
    naivePValue: found === undefined ? null : naivePValue(terms.metric, table, pair, of, found),
    decision: stateOf(terms, difference, interval, progress),
    decidedAt: progress.decidedAt,
    history: historyOf(progress, at, interval),
  };
  return { comparison, difference };
}

/** Of a guardrail each side is a one-sided bound: together they hold at 1 − 2·alpha. */
function intervalOf(terms: Terms, { value, variance }: Difference, { planned }: Scene): Estimate {
  const half =
    terms.kind === "guardrail"
      ? oneSidedHalfWidth(variance, terms.tau, wholeAlpha(terms.alpha))
      : terms.kind === "primary" && planned !== undefined
        ? planned.bound * Math.sqrt(variance)
        : halfWidth(variance, terms.tau, terms.alpha);
  return { value, low: value - half, high: value + half };
}

function judge(
  terms: Terms,
  difference: Difference,
  interval: Estimate,
  { at, isOpen, planned }: Scene,
  progress: ProgressState,
): void {
  if (!canDecide(terms.metric, difference)) return;
  if (terms.kind === "guardrail") {
    if (worseBound(interval, terms.direction) > terms.margin) decide(progress, "breached", at);
    return;
  }
  if (terms.kind !== "primary" || !isOpen) return;
  // Of planned looks each decides once, at the first reading after its moment.
  if (planned !== undefined && planned.due <= progress.plannedLooks) return;
  if (planned !== undefined) progress.plannedLooks = planned.due;
  decide(progress, decideOn(interval, terms.direction, terms.margin), at);
}

/**
 * What begins on the twentieth day is diluted by nineteen good ones. So guardrails are tested a second time on each
 * thirtieth of the horizon by itself; half of their share of error is for all that was counted, the other half is shared
 * by these epochs (Bonferroni). The first one is the beginning of the whole, and is not tested again.
 */
function judgeEpoch(terms: Terms, of: Measure, { at, pair, epoch }: Scene, progress: ProgressState): void {
  if (epoch.number === 0 || epoch.number >= EPOCHS || progress.decision !== "open") return;
  const difference = estimateDifference(epoch.table(), pair, of);
  if (difference === undefined || !canDecide(terms.metric, difference)) return;
  const { value, variance } = difference;
  const half = oneSidedHalfWidth(variance, terms.tau, epochAlpha(terms.alpha));
  if (worseBound({ value, low: value - half, high: value + half }, terms.direction) > terms.margin)
    decide(progress, "breached", at);
}

function wholeAlpha(alpha: number): number {
  return alpha / 2;
}

function epochAlpha(alpha: number): number {
  return alpha / 2 / (EPOCHS - 1);
}

/** By how much the treatment is worse at least. */
function worseBound({ low, high }: Estimate, direction: Direction): number {
  return direction === "increase" ? -high : low;
}

/** `holds` may end with a breach, so that it is no decision that stays. */
function stateOf(
  terms: Terms,
  difference: Difference | undefined,
  interval: Estimate | undefined,
  { decision }: ProgressState,
): MetricComparison["decision"] {
  if (terms.kind !== "guardrail" || decision !== "open") return decision;
  if (difference === undefined || interval === undefined) return "open";
  const worst = terms.direction === "increase" ? -interval.low : interval.high;
  return worst < terms.margin ? "holds" : "open";
}

function historyOf(
  { points }: ProgressState,
  at: number,
  now: Estimate | undefined,
): MetricComparison["history"] {
  const history = [...points];
  if (now !== undefined && points.at(-1)?.at !== at) history.push({ at, difference: now });
  return history;
}
