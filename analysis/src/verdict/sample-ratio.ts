import { BUCKETS } from "../evidence/bucket-counts.ts";
import { EXPECTED, EXPOSURES } from "../evidence/cell.ts";
import { sequentialLogLikelihoodRatio } from "../statistics/sample-ratio.ts";
import { LEAST_BUCKETS, LEAST_SIZE } from "./minimum.ts";
import type { Table } from "./table.ts";

/** A false alarm in a thousand experiments. */
const ALPHA = 0.001;
/** Requests, half and half, at which the test is sharpest. */
const SHARPEST_AT = 10_000;
/**
 * ρ of the mixture, fixed beforehand and the same for every experiment: V/(2·ln(1/α) + ln(1 + 2·ln(1/α))) (Howard et al.
 * 2021, confseq's `two_sided_normal_mixture` optimum) for the V = N·w·(1 − w) of that many requests. Being wrong about it
 * by a factor of a hundred makes the bound some 15 % wider; an early one costs later looks less than the reverse.
 */
const RHO = (SHARPEST_AT * 0.25) / (2 * Math.log(1 / ALPHA) + Math.log(1 + 2 * Math.log(1 / ALPHA)));

/** Above it a treatment's exposures are not what the weights say; the alarm's share of error is shared by the treatments. */
export function limitOf(treatments: number): number {
  return Math.log(treatments / ALPHA);
}

/**
 * Undefined while there is too little to say.
 *
 * A bucket's deviation is what the treatment has of the bucket's exposures less its share by the weights. So a loss that
 * befalls all variants alike (callers who leave) is no deviation, requests in flight nearly cancel, and one that befalls
 * any one of them is seen, be it the control.
 */
export function sampleRatioOf(table: Table, treatment: number): number | undefined {
  const deviations = new Float64Array(BUCKETS);
  let exposures = 0;
  const filled = new Set<number>();
  for (const [, variants] of table.account.counts.strata) {
    const expected = variants.map((cells) => sum(cells.get(EXPECTED)));
    const all = expected.reduce((total, one) => total + one, 0);
    const share = (expected[treatment] ?? 0) / all;
    // Nothing was decided there, as far as is known, or by no chance.
    if (!(all > 0) || share === 0 || share === 1) continue;
    const observed = variants.map((cells) => cells.get(EXPOSURES));
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      let total = 0;
      for (const counts of observed) total += counts?.[bucket] ?? 0;
      if (total === 0) continue;
      filled.add(bucket);
      exposures += total;
      deviations[bucket] =
        (deviations[bucket] as number) + (observed[treatment]?.[bucket] ?? 0) - share * total;
    }
  }
  if (exposures < 2 * LEAST_SIZE || filled.size < LEAST_BUCKETS) return undefined;
  return sequentialLogLikelihoodRatio(
    [...filled].map((bucket) => deviations[bucket] as number),
    RHO,
  );
}

function sum(counts: Float64Array | undefined): number {
  let total = 0;
  for (const count of counts ?? []) total += count;
  return total;
}
