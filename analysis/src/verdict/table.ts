import type { Account } from "../evidence/account.ts";
import { BUCKETS } from "../evidence/bucket-counts.ts";
import { type FeatureSpace, featuresByBucket } from "../evidence/feature.ts";

/** One variant in one stratum. */
export interface VariantTable {
  /** Features of every analysis bucket, row after row; empty where nothing was counted. */
  readonly rows: Float64Array;
  readonly totals: Float64Array;
}

/** What a look needs of an account, worked out once for all metrics. */
export interface Table {
  readonly space: FeatureSpace;
  readonly account: Account;
  readonly strata: readonly { readonly stratum: string; readonly variants: readonly VariantTable[] }[];
  /** Over all strata, by variant. */
  readonly pooled: readonly VariantTable[];
}

export function tableOf(account: Account, variants: number): Table {
  const { space } = account;
  const width = space.names.length;
  const strata = [...account.counts.strata].map(([stratum, ofVariants]) => ({
    stratum,
    variants: ofVariants.map((cells) => {
      const rows = featuresByBucket(space, cells);
      return { rows, totals: totalsOf(rows, width) };
    }),
  }));
  const [first] = strata;
  const pooled =
    strata.length === 1 && first !== undefined
      ? first.variants
      : Array.from({ length: variants }, (_, variant) =>
          sumOf(
            strata.flatMap((stratum) => stratum.variants[variant] ?? []),
            width,
          ),
        );
  return { space, account, strata, pooled };
}

function sumOf(parts: readonly VariantTable[], width: number): VariantTable {
  const rows = new Float64Array(BUCKETS * width);
  for (const part of parts)
    for (let index = 0; index < part.rows.length; index++)
      rows[index] = (rows[index] as number) + (part.rows[index] as number);
  return { rows, totals: totalsOf(rows, width) };
}

function totalsOf(rows: Float64Array, width: number): Float64Array {
  const totals = new Float64Array(width);
  for (let at = 0; at < rows.length; at += width)
    for (let position = 0; position < width; position++)
      totals[position] = (totals[position] as number) + (rows[at + position] as number);
  return totals;
}
