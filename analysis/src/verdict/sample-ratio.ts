import { BUCKETS, type CellCounts } from "../evidence/bucket-counts.ts";
import { EXPECTED, EXPOSURES } from "../evidence/cell.ts";
import { clusteredVariance } from "../statistics/clustered-variance.ts";
import { oneSidedLogLikelihoodRatio } from "../statistics/msprt.ts";
import { deviationLogLikelihoodRatio } from "../statistics/sample-ratio.ts";
import { estimateDifference, type Pair } from "./estimate.ts";
import { arrivalOf } from "./measure.ts";
import { canSay, LEAST_BLOCKS, LEAST_BUCKETS, LEAST_SIZE } from "./minimum.ts";
import type { Table } from "./table.ts";

/** A false alarm in a thousand experiments, of each of the two tests. */
const ALPHA = 0.001;
/** Requests, half and half, at which the test of the split is sharpest. */
const SHARPEST_AT = 10_000;
/**
 * ρ of the mixture, fixed beforehand and the same for every experiment: V/(2·ln(1/α) + ln(1 + 2·ln(1/α))) (Howard et al.
 * 2021, confseq's optimum of `two_sided_normal_mixture`) for the V = N·w·(1 − w) of that many requests. Off by a factor of a
 * hundred it makes the bound some 15 % wider; too small a ρ costs later looks less than too large a one costs the first.
 */
const RHO = (SHARPEST_AT * 0.25) / (2 * Math.log(1 / ALPHA) + Math.log(1 + 2 * Math.log(1 / ALPHA)));
/** Callers of one variant that may leave more often than the other's: requests in flight at a look are among them. */
const LOSS_MARGIN = 0.01;
const LOSS_TAU = 0.05;

/** Above it a treatment's exposures are not what the weights say; the treatments share the chance of a false alarm. */
export function limitOf(treatments: number): number {
  return Math.log(treatments / ALPHA);
}

/**
 * The larger ln L of two tests; undefined while there is too little for either.
 *
 * The first asks whether exposures are split as the weights say. It can see no less than chance does in assigning users:
 * with few busy ones, that is much. The second asks whether more of one variant's decisions never became an exposure. It
 * knows how many were decided for each, so that chance in assigning is no part of it.
 */
export function sampleRatioOf(table: Table, pair: Pair): number | undefined {
  const found = [splitOf(table, pair.treatment), lossOf(table, pair)].filter((one) => one !== undefined);
  return found.length === 0 ? undefined : Math.max(...found);
}

/**
 * A bucket's deviation is what the treatment has of the bucket's exposures less its share by the weights. So a loss that
 * befalls all variants alike (callers who leave) is no deviation, requests in flight nearly cancel, and one that befalls
 * any one of them is seen, be it the control.
 *
 * The deviations' own variance is too small just when the deviation is large: of a small treatment, most busy users are in
 * the control, where each weighs little. So it is no less than the variance that the weights themselves give,
 * Σ over strata s, t of (min(w_s, w_t) − w_s·w_t)·Cov(n_s, n_t), n the buckets' exposures: assigned users stay assigned
 * when a weight grows, and a bucket is a random set of users.
 */
function splitOf(table: Table, treatment: number): number | undefined {
  const strata = [...table.account.counts.strata.values()].flatMap((variants) => {
    const expected = variants.map((cells) => sum(cells.get(EXPECTED)));
    const share = (expected[treatment] ?? 0) / expected.reduce((total, one) => total + one, 0);
    // Nothing was decided there, as far as is known, or not by chance.
    if (!(share > 0 && share < 1)) return [];
    return [{ share, treated: variants[treatment]?.get(EXPOSURES), totals: addAll(variants) }];
  });
  const deviations = new Float64Array(BUCKETS);
  const filled = new Set<number>();
  for (const { share, treated, totals } of strata)
    for (const [bucket, total] of totals.entries()) {
      if (total > 0) filled.add(bucket);
      deviations[bucket] = (deviations[bucket] as number) + (treated?.[bucket] ?? 0) - share * total;
    }
  const exposures = strata.reduce((total, { totals }) => total + sum(totals), 0);
  if (exposures < 2 * LEAST_SIZE || filled.size < LEAST_BUCKETS) return undefined;
  let variance = 0;
  for (const one of strata)
    for (const other of strata)
      variance +=
        (Math.min(one.share, other.share) - one.share * other.share) * covariance(one.totals, other.totals);
  const clustered = clusteredVariance([...filled].map((bucket) => deviations[bucket] as number));
  return deviationLogLikelihoodRatio(sum(deviations), Math.max(variance, clustered), RHO);
}

function addAll(variants: readonly CellCounts[]): Float64Array {
  const totals = new Float64Array(BUCKETS);
  for (const cells of variants)
    for (const [bucket, count] of (cells.get(EXPOSURES) ?? []).entries())
      totals[bucket] = (totals[bucket] as number) + count;
  return totals;
}

/** K/(K − 1)·Σ(a − mean)(b − mean). */
function covariance(one: Float64Array, other: Float64Array): number {
  const [oneMean, otherMean] = [sum(one) / BUCKETS, sum(other) / BUCKETS];
  let products = 0;
  for (let bucket = 0; bucket < BUCKETS; bucket++)
    products += ((one[bucket] as number) - oneMean) * ((other[bucket] as number) - otherMean);
  return (products * BUCKETS) / (BUCKETS - 1);
}

/** Of the difference between the shares of decisions that became exposures, beyond the margin. */
function lossOf(table: Table, pair: Pair): number | undefined {
  const found = estimateDifference(table, pair, arrivalOf(table.space));
  if (found === undefined || !canSay(found) || found.blocks < LEAST_BLOCKS) return undefined;
  return oneSidedLogLikelihoodRatio(Math.abs(found.value) - LOSS_MARGIN, found.variance, LOSS_TAU);
}

function sum(counts: Float64Array | undefined): number {
  let total = 0;
  for (const count of counts ?? []) total += count;
  return total;
}
