import { hash, utf8AsLatin1 } from "./hash.ts";

/** How many buckets the units are hashed into; weights are shares of these. */
export const BUCKETS = 100;

export interface AssignmentOptions {
  /** Empty means that the id alone is hashed, so that the formula is plainly HASH(id) mod 100. */
  readonly salt: string;
  /** Whole numbers that sum to 100, one per variant, in file order. */
  readonly weights: readonly number[];
}

export interface Assigned {
  /** 0..99, decides the variant. */
  readonly bucket: number;
  /** 0..99 from a second, independent hash; for statistics only. */
  readonly analysisBucket: number;
  /** Index into `weights`. */
  readonly variant: number;
}

export interface Assignment {
  /** @param id the UTF-8 bytes of the unit id as a latin1 string */
  assign(id: string): Assigned;
}

/**
 * The pure mapping unit → variant. Variants own half-open ranges of buckets in file order, so that moving a
 * boundary moves exactly the buckets beside it. Changing anything here is a breaking change: it reassigns
 * the users of running experiments.
 */
export function createAssignment({ salt, weights }: AssignmentOptions): Assignment {
  const owners = ownersOf(weights);
  const prefix = salt === "" ? "" : `${utf8AsLatin1(salt)}:`;
  const analysisPrefix = `analysis:${prefix}`;
  return {
    assign(id) {
      const bucket = hash(prefix + id) % BUCKETS;
      return {
        bucket,
        analysisBucket: hash(analysisPrefix + id) % BUCKETS,
        variant: owners[bucket] as number,
      };
    },
  };
}

function ownersOf(weights: readonly number[]): readonly number[] {
  const owners = weights.flatMap((weight, variant) => {
    if (!Number.isInteger(weight) || weight < 0 || weight > BUCKETS) {
      throw new RangeError(`weight ${weight} is not a whole number from 0 to ${BUCKETS}`);
    }
    return Array<number>(weight).fill(variant);
  });
  if (owners.length !== BUCKETS) {
    throw new RangeError(`weights sum to ${owners.length}, they must sum to ${BUCKETS}`);
  }
  return owners;
}
