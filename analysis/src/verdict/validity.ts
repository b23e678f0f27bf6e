import { EXPECTED } from "../evidence/cell.ts";
import type { Evidence } from "../evidence/evidence.ts";
import { controlOf, type Plan, treatmentsOf } from "../evidence/plan.ts";
import { halfWidth } from "../statistics/confidence-sequence.ts";
import { compareWorkers } from "./comparability.ts";
import { estimateDifference } from "./estimate.ts";
import { coverageOf, judgedOf } from "./measure.ts";
import { canSay } from "./minimum.ts";
import { limitOf, sampleRatioOf } from "./sample-ratio.ts";
import type { Table } from "./table.ts";
import type { Check, Estimate, Validity } from "./verdict.ts";

const WHALE_LIMIT = 0.1;
/** Exposures of a variant below which the largest of a hundred buckets says little: ten in a bucket. */
const WHALE_FROM = 1000;
const MISSING_LIMIT = 0.1;
/** Fewer missing steps invalidate nothing, however few there were. */
const MISSING_FROM = 3;
/** Shares of known truth that differ by less are not said to differ. */
const COVERAGE_MARGIN = 0.02;

/** What validity remembers from look to look. */
export interface ValidityProgress {
  sampleRatioFailedAt: number | null;
}

export function checkValidity(
  plan: Plan,
  evidence: Evidence,
  table: Table,
  at: number,
  progress: ValidityProgress,
): Validity {
  const exposures = exposuresOf(table, plan.variants.length);
  return {
    sampleRatio: checkSampleRatio(plan, table, at, progress),
    whale: checkWhale(plan, table, exposures),
    missing: checkMissing(evidence),
    comparable: compareWorkers(evidence.workers),
    contamination: {
      requests: evidence.contaminated,
      share:
        evidence.contaminated /
        Math.max(
          1,
          exposures.reduce((sum, one) => sum + one, 0),
        ),
    },
    coverage: checkCoverage(plan, table),
    incorrectOnly: isIncorrectOnly(table),
  };
}

function exposuresOf(table: Table, variants: number): readonly number[] {
  const position = table.space.position.get("exposures") ?? 0;
  return Array.from({ length: variants }, (_, variant) => table.pooled[variant]?.totals[position] ?? 0);
}

function checkSampleRatio(
  plan: Plan,
  table: Table,
  at: number,
  progress: ValidityProgress,
): Validity["sampleRatio"] {
  const treatments = treatmentsOf(plan);
  const limit = limitOf(treatments.length);
  const ratios = treatments.flatMap(
    (treatment) => sampleRatioOf(table, { treatment, control: controlOf(plan) }) ?? [],
  );
  const logLikelihoodRatio = ratios.length === 0 ? 0 : Math.max(...ratios);
  if (logLikelihoodRatio > limit) progress.sampleRatioFailedAt ??= at;
  const failedAt = progress.sampleRatioFailedAt;
  const check: Check = failedAt !== null ? "failed" : ratios.length === 0 ? "unknown" : "ok";
  return { check, logLikelihoodRatio, limit, failedAt };
}

/** One unit is in one bucket: a bucket with a tenth of a variant's exposures is one that dominates. */
function checkWhale(plan: Plan, table: Table, exposures: readonly number[]): Validity["whale"] {
  const position = table.space.position.get("exposures") ?? 0;
  const width = table.space.names.length;
  let largestShare = 0;
  let isKnown = true;
  for (const [variant, total] of exposures.entries()) {
    if (total < WHALE_FROM) {
      // A variant that has no weight has nobody who could dominate it.
      if (total > 0 || expectsAny(table, variant)) isKnown = false;
      continue;
    }
    const rows = table.pooled[variant]?.rows ?? new Float64Array(0);
    for (let from = position; from < rows.length; from += width)
      largestShare = Math.max(largestShare, (rows[from] as number) / total);
  }
  const check: Check =
    largestShare > WHALE_LIMIT ? "failed" : isKnown && plan.variants.length > 0 ? "ok" : "unknown";
  return { check, largestShare, limit: WHALE_LIMIT };
}

function expectsAny(table: Table, variant: number): boolean {
  for (const [, variants] of table.account.counts.strata)
    if (variants[variant]?.get(EXPECTED)?.some((count) => count > 0)) return true;
  return false;
}

function checkMissing({ missing: { steps, of } }: Evidence): Validity["missing"] {
  if (of === 0) return { check: "unknown", steps, of };
  const isTooMuch = steps >= MISSING_FROM && steps / of > MISSING_LIMIT;
  return { check: isTooMuch ? "failed" : "ok", steps, of };
}

/** Of predictions with truth, or of exposures judged right or wrong where no labels are known. */
function checkCoverage(plan: Plan, table: Table): Validity["coverage"] {
  const measures = [coverageOf(table.space), judgedOf(table.space)];
  const control = controlOf(plan);
  let difference: Estimate | null = null;
  for (const treatment of treatmentsOf(plan)) {
    const found = measures
      .map((measure) => estimateDifference(table, { treatment, control }, measure))
      .find((one) => one !== undefined && canSay(one) && (one.treatment > 0 || one.control > 0));
    if (found === undefined) continue;
    const half = halfWidth(found.variance, COVERAGE_MARGIN, plan.analysis.alpha);
    if (difference !== null && Math.abs(difference.value) >= Math.abs(found.value)) continue;
    difference = {
      value: found.value,
      low: Math.max(-1, found.value - half),
      high: Math.min(1, found.value + half),
    };
  }
  if (difference === null) return { check: "unknown", difference };
  const isApart = difference.low > 0 || difference.high < 0;
  const check: Check = isApart && Math.abs(difference.value) > COVERAGE_MARGIN ? "failed" : "ok";
  return { check, difference };
}

function isIncorrectOnly(table: Table): boolean {
  const sum = (name: string) => {
    const position = table.space.position.get(name);
    return position === undefined
      ? 0
      : table.pooled.reduce((total, { totals }) => total + (totals[position] ?? 0), 0);
  };
  return sum("incorrect") > 0 && sum("correct") === 0;
}
