export const BUCKETS = 100;

/** One number for each analysis bucket, by cell. */
export type CellCounts = ReadonlyMap<string, Float64Array>;

/** Counts by stratum, variant, cell and analysis bucket. */
export class BucketCounts {
  readonly #strata = new Map<string, Map<string, Float64Array>[]>();
  readonly #variants: number;

  constructor(variants: number) {
    this.#variants = variants;
  }

  get strata(): ReadonlyMap<string, readonly CellCounts[]> {
    return this.#strata;
  }

  /** Undefined where nothing was ever counted. */
  find(stratum: string, variant: number, cell: string): Float64Array | undefined {
    return this.#strata.get(stratum)?.[variant]?.get(cell);
  }

  /** The numbers themselves, to write to; made with 0 where they are new. */
  at(stratum: string, variant: number, cell: string): Float64Array {
    let variants = this.#strata.get(stratum);
    if (variants === undefined) {
      variants = Array.from({ length: this.#variants }, () => new Map<string, Float64Array>());
      this.#strata.set(stratum, variants);
    }
    const cells = variants[variant];
    if (cells === undefined) throw new RangeError(`variant ${variant} of ${this.#variants}: there is none`);
    let counts = cells.get(cell);
    if (counts === undefined) {
      counts = new Float64Array(BUCKETS);
      cells.set(cell, counts);
    }
    return counts;
  }

  *entries(): Generator<{ stratum: string; variant: number; cell: string; counts: Float64Array }> {
    for (const [stratum, variants] of this.#strata)
      for (const [variant, cells] of variants.entries())
        for (const [cell, counts] of cells) yield { stratum, variant, cell, counts };
  }
}
