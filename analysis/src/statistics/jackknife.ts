import { clusteredVariance } from "./clustered-variance.ts";

/** Counts of one cluster: a confusion matrix, several above each other, or rows of sums. All clusters have the same shape. */
export type Table = readonly (readonly number[])[];

export interface ClusteredEstimate {
  readonly value: number;
  /** By cluster; `clusteredVariance` of them is the jackknife's. Scores of strata add up cluster by cluster. */
  readonly scores: readonly number[];
  readonly variance: number;
}

/**
 * Any statistic of the summed tables with its variance over clusters: delete-one jackknife, (K − 1)/K · Σ(θ₋ₖ − mean)²
 * (Efron & Stein, Annals of Statistics 9, 1981; over hashed buckets: Google, "Mind Your Units", 2016).
 *
 * Null where the statistic is (no data), or is without one of the clusters: then all of it hangs on one bucket.
 */
export function jackknife(
  tables: readonly Table[],
  statistic: (total: Table) => number | null,
): ClusteredEstimate | null {
  const [first] = tables;
  if (first === undefined || tables.length < 2) return null;
  const total = tables.slice(1).reduce<Table>((sum, table) => combine(sum, table, 1), first);
  const value = statistic(total);
  if (value === null) return null;
  const scores: number[] = [];
  for (const table of tables) {
    const without = isEmpty(table) ? value : statistic(combine(total, table, -1));
    if (without === null) return null;
    scores.push(((tables.length - 1) / tables.length) * (value - without));
  }
  return { value, scores, variance: clusteredVariance(scores) };
}

function combine(sum: Table, table: Table, sign: 1 | -1): Table {
  return sum.map((row, i) => row.map((cell, j) => cell + sign * (table[i]?.[j] ?? 0)));
}

function isEmpty(table: Table): boolean {
  return table.every((row) => row.every((cell) => cell === 0));
}
