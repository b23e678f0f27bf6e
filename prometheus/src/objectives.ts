import type { Span } from "./duration.ts";
import type { Severity } from "./rule.ts";

/** The promises of the gateway to its callers, over thirty days. */
export const OBJECTIVES = {
  /** Share of requests that are answered without a 5xx. */
  answered: 0.995,
  /** Share of the 200s that are complete within `fastSeconds`. */
  fast: 0.99,
  /** A bound of ab_request_duration_seconds: a share is exact only at a bound. */
  fastSeconds: 0.5,
} as const;

export interface BurnRate {
  readonly severity: Severity;
  /** The budget of thirty days is spent this many times too fast. */
  readonly factor: number;
  /** Both windows must burn: the long one says that it matters, the short one that it goes on. */
  readonly long: Span;
  readonly short: Span;
  readonly for: Span;
}

/**
 * The multiwindow, multi-burn-rate alerts of Google's SRE workbook, chapter 5: a page when 2 % of the budget went in an
 * hour or 5 % in six, a ticket when 10 % went in a day or in three.
 */
export const BURN_RATES: readonly BurnRate[] = [
  { severity: "page", factor: 14.4, long: "1h", short: "5m", for: "2m" },
  { severity: "page", factor: 6, long: "6h", short: "30m", for: "15m" },
  { severity: "ticket", factor: 3, long: "1d", short: "2h", for: "1h" },
  { severity: "ticket", factor: 1, long: "3d", short: "6h", for: "3h" },
];

/** Every other number that an alert compares with, and why it is that one. */
export const THRESHOLDS = {
  /** Fewer requests in the long window say nothing about a share of some per cent. */
  burnRequests: 100,
  /**
   * Failures in the long window. One in a hundred requests spends a month's budget twice too fast, and is one caller: a
   * count of ten is known to within a third of it (its root), so that a burn at the limit is at least half of it.
   */
  burnFailures: 10,
  /** Four times what the objective allows: below it the slower burn rates speak. */
  variantErrorRatio: 0.02,
  /** One error among them is 1 %, half of the threshold. */
  variantRequests: 100,
  /** Chance that all of ten users meet the other variants, whatever the weights: e^-10. */
  expectedUsers: 10,
  /** A half more than before is beyond what neighbours on the machine do; a doubling is caught. */
  pastRatio: 1.5,
  /** Texts, or requests, in five minutes, and in the day before, from which means are steady. */
  latencyTexts: 100,
  pastTexts: 500,
  /** The budget is a promise about nineteen texts in twenty. */
  overBudgetRatio: 0.05,
  /** The convention for "the population has changed"; 0.1 is "look at it". */
  psi: 0.2,
  /** z of the one-sided 1 % at which chance alone would have to be exceeded. */
  psiChance: 2.3263,
  driftTexts: 200,
  /** The queue refuses at 1. */
  queueSaturation: 0.8,
  /** Already this close to the limit, no trend is needed. */
  memoryRatio: 0.95,
  /** Half a second of every request's budget is `fastSeconds`; a fifth of that in the loop alone is too much. */
  eventLoopLagSeconds: 0.1,
  /** One ejection is a restart; more are an upstream that comes and goes. */
  ejections: 3,
  /** One look may be late, two are an accident. */
  staleSteps: 3,
  /** Where only one user in a hundred does what is reported, none of a thousand does by chance e^-10 of the time. */
  outcomeExposures: 1_000,
  /** Some reports are too old, or of a phase that has ended; one in ten is a sender that does something wrong. */
  rejectedRatio: 0.1,
  rejectedOutcomes: 20,
  /** Of what one secret may encrypt: time to put a new one in place. */
  tokensRatio: 0.5,
  /** A difference is diluted by about this share: well within the width of any interval, and beyond it from here on. */
  contaminatedRatio: 0.05,
  contaminatedRequests: 100,
} as const;
