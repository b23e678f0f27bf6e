import { BUCKETS } from "../evidence/bucket-counts.ts";
import { clusteredVariance } from "../statistics/clustered-variance.ts";
import type { Measured, MeasureOf } from "./measure.ts";
import type { Table, VariantTable } from "./table.ts";

/** A value with what is known of its error. */
export interface Uncertain {
  readonly value: number;
  /** Of the analysis buckets: users differ, and each is in one bucket. */
  readonly clustered: number;
  /** Of the blocks of time: what comes in bursts comes once. */
  readonly block: number;
  /** The larger of the two, and no less than if every answer stood for itself. */
  readonly variance: number;
  /** Buckets in which something was counted: the least of the variants. */
  readonly buckets: number;
  /** Blocks in which both variants had exposures; of one variant alone, unknown: 0. */
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
  readonly tables: { readonly treatment: VariantTable; readonly control: VariantTable };
}

export interface Pair {
  readonly treatment: number;
  readonly control: number;
}

/**
 * Treatment less control: d = Σ W_s·d_s over the strata, W_s in proportion to n_t·n_c / (n_t + n_c), the weights of
 * Mantel and Haenszel (https://doi.org/10.1093/jnci/22.4.719). A user may be in several strata, so that the scores of a
 * bucket are added up over the strata before they are squared. Strata in which the measure says nothing are left out.
 *
 * @returns undefined where no stratum says anything
 */
export function estimateDifference(
  table: Table,
  pair: Pair,
  { measure, uses }: MeasureOf,
): Difference | undefined {
  const parts = partsOf(table, pair, measure);
  if (parts.length === 0) return undefined;
  const pooled = [pair.treatment, pair.control].map((variant) =>
    measure((table.pooled[variant] as VariantTable).totals),
  );
  const [treatmentPooled, controlPooled] = pooled;
  const width = table.space.names.length;
  const treatment = sumOver(parts, (part) => part.weight * part.treatment.value);
  const control = sumOver(parts, (part) => part.weight * part.control.value);
  const scores: number[] = [];
  const filled = { treatment: 0, control: 0 };
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    const isIn = (side: "treatment" | "control") =>
      parts.some(({ tables }) => isFilled(tables[side].rows, bucket * width, uses));
    const isTreated = isIn("treatment");
    const isControl = isIn("control");
    if (isTreated) filled.treatment++;
    if (isControl) filled.control++;
    if (!isTreated && !isControl) continue;
    let score = 0;
    for (const { weight, treatment: treated, control: controlled, tables } of parts)
      score +=
        weight *
        (product(treated.gradient, tables.treatment.rows, bucket * width, uses) -
          product(controlled.gradient, tables.control.rows, bucket * width, uses));
    scores.push(score);
  }
  const clustered = clusteredVariance(scores);
  const blocks = sumOver(parts, ({ stratum }) => table.account.blocks(stratum).paired(pair.treatment));
  const block = blockVariance(
    sumOver(
      parts,
      ({ stratum, weight, treatment: treated, control: controlled }) =>
        weight ** 2 *
        table.account.blocks(stratum).squares(pair.treatment, treated.gradient, controlled.gradient),
    ),
    blocks,
  );
  const least = sumOver(
    parts,
    (part) => part.weight ** 2 * (part.treatment.leastVariance + part.control.leastVariance),
  );
  const count = (of: "yes" | "no") => sumOver(parts, (part) => part.treatment[of] + part.control[of]);
  return {
    value: treatment - control,
    treatment,
    control,
    pooled:
      treatmentPooled === undefined || controlPooled === undefined
        ? treatment - control
        : treatmentPooled.value - controlPooled.value,
    clustered,
    block,
    variance: Math.max(clustered, block, least),
    buckets: Math.min(filled.treatment, filled.control),
    blocks,
    size: Math.min(
      sumOver(parts, (part) => part.treatment.size),
      sumOver(parts, (part) => part.control.size),
    ),
    events: Math.min(count("yes"), count("no")),
  };
}

/** Of one variant, over all strata. */
export function estimateValue(
  table: Table,
  variant: number,
  { measure, uses }: MeasureOf,
): Uncertain | undefined {
  const found = table.pooled[variant];
  const measured = found && measure(found.totals);
  if (found === undefined || measured === undefined) return undefined;
  const width = table.space.names.length;
  const scores: number[] = [];
  for (let at = 0; at < found.rows.length; at += width)
    if (isFilled(found.rows, at, uses)) scores.push(product(measured.gradient, found.rows, at, uses));
  const clustered = clusteredVariance(scores);
  const squares = sumOver(table.strata, ({ stratum }) =>
    table.account.blocks(stratum).ownSquares(variant, measured.gradient),
  );
  const block = Math.max(0, squares);
  return {
    value: measured.value,
    clustered,
    block,
    variance: Math.max(clustered, block, measured.leastVariance),
    buckets: scores.length,
    blocks: 0,
    size: measured.size,
    events: Math.min(measured.yes, measured.no),
  };
}

function partsOf(table: Table, pair: Pair, measure: MeasureOf["measure"]): readonly Part[] {
  const found = table.strata.flatMap(({ stratum, variants }) => {
    const [treated, controlled] = [variants[pair.treatment], variants[pair.control]];
    if (treated === undefined || controlled === undefined) return [];
    const treatment = measure(treated.totals);
    const control = measure(controlled.totals);
    if (treatment === undefined || control === undefined) return [];
    const size = (treatment.size * control.size) / (treatment.size + control.size);
    return [{ stratum, size, treatment, control, tables: { treatment: treated, control: controlled } }];
  });
  const all = sumOver(found, ({ size }) => size);
  return found.map(({ size, ...part }) => ({ ...part, weight: size / all }));
}

/** B/(B−1)·Σ score²; the scores' mean is 0. */
function blockVariance(squares: number, blocks: number): number {
  return (Math.max(0, squares) * blocks) / Math.max(1, blocks - 1);
}

function isFilled(rows: Float64Array, from: number, uses: readonly number[]): boolean {
  for (const position of uses) if (rows[from + position]) return true;
  return false;
}

function product(gradient: Float64Array, rows: Float64Array, from: number, uses: readonly number[]): number {
  if (rows.length === 0) return 0;
  let sum = 0;
  for (const position of uses) sum += (gradient[position] as number) * (rows[from + position] as number);
  return sum;
}

function sumOver<Item>(items: readonly Item[], of: (item: Item) => number): number {
  let sum = 0;
  for (const item of items) sum += of(item);
  return sum;
}
