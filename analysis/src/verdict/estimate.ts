import { BUCKETS } from "../evidence/bucket-counts.ts";
import { clusteredVariance } from "../statistics/clustered-variance.ts";
import { degreesOfFreedom, inflationOf } from "./few-clusters.ts";
import type { Measure, Measured } from "./measure.ts";
import type { Table, VariantTable } from "./table.ts";

/** A value with what is known of its error. */
export interface Uncertain {
  readonly value: number;
  /** Of the analysis buckets: users differ, and each is in one bucket. */
  readonly clustered: number;
  /** Of the blocks of time: what comes in bursts comes once. */
  readonly block: number;
  /** The larger of the two, each for as few buckets or blocks as there are, and no less than if every answer stood for itself. */
  readonly variance: number;
  /** Buckets in which something was counted: the least of the variants. */
  readonly buckets: number;
  /** Blocks in which both variants had requests; of one variant alone, unknown: 0. */
  readonly blocks: number;
  /** Least denominator of the variants. */
  readonly size: number;
  /** How often the rarer of yes and no came in both variants together; of anything else, how many values there are. */
  readonly events: number;
}

export interface Difference extends Uncertain {
  /** Both as if they had been in the same strata, so that their difference is `value`. */
  readonly control: number;
  readonly treatment: number;
  /** Without strata. */
  readonly pooled: number;
}

interface Part {
  readonly stratum: string;
  readonly weight: number;
  readonly treatment: Measured;
  readonly control: Measured;
  readonly scores: { readonly treatment: Scores; readonly control: Scores };
}

/** Of each bucket, what the value would lose without it, and whether anything was counted there. */
interface Scores {
  readonly lost: Float64Array;
  readonly filled: Uint8Array;
}

export interface Pair {
  readonly treatment: number;
  readonly control: number;
}

/**
 * Treatment less control: d = Σ W_s·d_s over the strata, W_s in proportion to n_t·n_c / (n_t + n_c), the weights of
 * Mantel and Haenszel (https://doi.org/10.1093/jnci/22.4.719). Strata in which the measure says nothing are left out, and so
 * are those in which a variant hangs on a single bucket: nothing is known of their error.
 *
 * The clustered variance is the jackknife's: what the estimate would be without a bucket. A user may be in several strata,
 * so that a bucket's scores are added up over the strata before they are squared. The block variance is linearised.
 *
 * @returns undefined where no stratum says anything
 */
export function estimateDifference(table: Table, pair: Pair, of: Measure): Difference | undefined {
  const parts = partsOf(table, pair, of);
  if (parts.length === 0) return undefined;
  const treatment = sumOver(parts, (part) => part.weight * part.treatment.value);
  const control = sumOver(parts, (part) => part.weight * part.control.value);
  const scores = new Float64Array(BUCKETS);
  const filled = { treatment: new Uint8Array(BUCKETS), control: new Uint8Array(BUCKETS) };
  for (const part of parts) {
    addScores(scores, filled.treatment, part.scores.treatment, part.weight);
    addScores(scores, filled.control, part.scores.control, -part.weight);
  }
  const counted = [...scores].filter((_, bucket) => filled.treatment[bucket] || filled.control[bucket]);
  const moments = parts.map(({ stratum, weight, treatment: treated, control: controlled }) => {
    const blocks = table.account.blocks(stratum);
    return {
      squares: of.isOfBlocks
        ? weight ** 2 * blocks.squares(pair.treatment, treated.gradient, controlled.gradient)
        : 0,
      blocks: blocks.paired(pair.treatment),
    };
  });
  const count = (side: "yes" | "no") => sumOver(parts, (part) => part.treatment[side] + part.control[side]);
  const [treatmentPooled, controlPooled] = [pair.treatment, pair.control].map((variant) =>
    of.value((table.pooled[variant] as VariantTable).totals),
  ) as [number, number];
  return {
    value: treatment - control,
    treatment,
    control,
    pooled: treatmentPooled - controlPooled,
    ...variancesOf(
      counted,
      sumOver(moments, ({ squares }) => squares),
      sumOver(moments, ({ blocks }) => blocks),
      sumOver(
        parts,
        (part) => part.weight ** 2 * (part.treatment.leastVariance + part.control.leastVariance),
      ),
    ),
    buckets: Math.min(sumOver(filled.treatment, Number), sumOver(filled.control, Number)),
    size: Math.min(
      sumOver(parts, (part) => part.treatment.size),
      sumOver(parts, (part) => part.control.size),
    ),
    events: Math.min(count("yes"), count("no")),
  };
}

/** Of one variant, over all strata. */
export function estimateValue(table: Table, variant: number, of: Measure): Uncertain | undefined {
  const found = table.pooled[variant];
  const measured = found && of.measure(found.totals);
  if (found === undefined || measured === undefined) return undefined;
  const { lost, filled } = scoresOf(found, of);
  const squares = of.isOfBlocks
    ? sumOver(table.strata, ({ stratum }) =>
        table.account.blocks(stratum).ownSquares(variant, measured.gradient),
      )
    : 0;
  const counted = [...lost].filter((_, bucket) => filled[bucket]);
  return {
    value: measured.value,
    // All of it may hang on one bucket: then its answers are all that is known.
    ...variancesOf(counted.some(Number.isNaN) ? [] : counted, squares, 0, measured.leastVariance),
    buckets: counted.length,
    size: measured.size,
    events: Math.min(measured.yes, measured.no),
  };
}

function variancesOf(
  scores: readonly number[],
  blockSquares: number,
  blocks: number,
  least: number,
): Pick<Uncertain, "clustered" | "block" | "blocks" | "variance"> {
  const count = scores.length;
  if (count === 0) return { clustered: 0, block: 0, blocks, variance: least };
  // The jackknife's (K − 1)/K·Σ(s − mean)².
  const clustered = clusteredVariance(scores) * ((count - 1) / count) ** 2;
  // B/(B−1)·Σ score²; the scores' mean is 0.
  const block = Math.max(0, blockSquares) * (blocks > 1 ? blocks / (blocks - 1) : 1);
  return {
    clustered,
    block,
    blocks,
    variance: Math.max(
      clustered > 0 ? clustered * inflationOf(degreesOfFreedom(scores)) : clustered,
      block > 0 && blocks > 1 ? block * inflationOf(blocks - 1) : block,
      least,
    ),
  };
}

function addScores(
  scores: Float64Array,
  filled: Uint8Array,
  { lost, filled: found }: Scores,
  weight: number,
): void {
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    if (!found[bucket]) continue;
    filled[bucket] = 1;
    scores[bucket] = (scores[bucket] as number) + weight * (lost[bucket] as number);
  }
}

function scoresOf({ rows, totals }: VariantTable, of: Measure): Scores {
  const lost = new Float64Array(BUCKETS);
  const filled = new Uint8Array(BUCKETS);
  const width = totals.length;
  const value = of.value(totals);
  const without = Float64Array.from(totals);
  for (let bucket = 0, from = 0; from < rows.length; bucket++, from += width) {
    let isFilled = false;
    for (const position of of.uses) {
      const count = rows[from + position] as number;
      if (count !== 0) isFilled = true;
      without[position] = (totals[position] as number) - count;
    }
    if (!isFilled) continue;
    filled[bucket] = 1;
    lost[bucket] = value - of.value(without);
  }
  return { lost, filled };
}

function partsOf(table: Table, pair: Pair, of: Measure): readonly Part[] {
  const found = table.strata.flatMap(({ stratum, variants }) => {
    const [treated, controlled] = [variants[pair.treatment], variants[pair.control]];
    if (treated === undefined || controlled === undefined) return [];
    const treatment = of.measure(treated.totals);
    const control = of.measure(controlled.totals);
    if (treatment === undefined || control === undefined) return [];
    const scores = { treatment: scoresOf(treated, of), control: scoresOf(controlled, of) };
    if (scores.treatment.lost.some(Number.isNaN) || scores.control.lost.some(Number.isNaN)) return [];
    const size = (treatment.size * control.size) / (treatment.size + control.size);
    return [{ stratum, size, treatment, control, scores }];
  });
  const all = sumOver(found, ({ size }) => size);
  return found.map(({ size, ...part }) => ({ ...part, weight: size / all }));
}

function sumOver<Item>(items: Iterable<Item>, of: (item: Item) => number): number {
  let sum = 0;
  for (const item of items) sum += of(item);
  return sum;
}
