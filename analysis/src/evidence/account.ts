import { BlockMoments, type BlockState } from "./block-moments.ts";
import { BucketCounts } from "./bucket-counts.ts";
import { type FeatureSpace, featureSpaceOf } from "./feature.ts";
import { controlOf, type Plan } from "./plan.ts";

export interface AccountState {
  readonly strata: {
    readonly stratum: string;
    readonly blocks: BlockState;
    /** By variant: cell and its numbers by analysis bucket. */
    readonly cells: Row[][];
  }[];
}

type Row = [cell: string, counts: number[]];

/** What was counted in a stretch of time: by analysis bucket, and in blocks of time. */
export class Account {
  readonly counts: BucketCounts;
  readonly space: FeatureSpace;
  readonly #blocks = new Map<string, BlockMoments>();
  readonly #variants: number;
  readonly #control: number;

  constructor(plan: Plan, space: FeatureSpace = featureSpaceOf(plan)) {
    this.space = space;
    this.#variants = plan.variants.length;
    this.#control = controlOf(plan);
    this.counts = new BucketCounts(this.#variants);
  }

  get strata(): Iterable<string> {
    return this.counts.strata.keys();
  }

  blocks(stratum: string): BlockMoments {
    let blocks = this.#blocks.get(stratum);
    if (blocks === undefined) {
      blocks = new BlockMoments(this.#variants, this.#control, this.space.names.length);
      this.#blocks.set(stratum, blocks);
    }
    return blocks;
  }

  /** One number for each analysis bucket, to the running block too. */
  add(stratum: string, variant: number, cell: string, deltas: Float64Array): void {
    const counts = this.counts.at(stratum, variant, cell);
    let sum = 0;
    for (let bucket = 0; bucket < deltas.length; bucket++) {
      const delta = deltas[bucket] as number;
      counts[bucket] = (counts[bucket] as number) + delta;
      sum += delta;
    }
    const blocks = this.blocks(stratum);
    for (const { position, factor } of this.space.ofCell.get(cell) ?? [])
      blocks.add(variant, position, factor * sum);
  }

  closeBlock(): void {
    for (const blocks of this.#blocks.values()) blocks.close();
  }

  toJSON(): AccountState {
    return {
      strata: [...this.counts.strata].map(([stratum, variants]) => ({
        stratum,
        blocks: this.blocks(stratum).toJSON(),
        cells: variants.map((cells) => [...cells].map(([cell, counts]): Row => [cell, [...counts]])),
      })),
    };
  }

  /** @throws {RangeError} where it is of another plan */
  restore(state: AccountState): void {
    for (const { stratum, blocks, cells } of state.strata) {
      this.blocks(stratum).restore(blocks);
      for (const [variant, lists] of cells.entries())
        for (const [cell, counts] of lists) this.counts.at(stratum, variant, cell).set(counts);
    }
  }
}
