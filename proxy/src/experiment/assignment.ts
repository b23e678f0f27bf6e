import { hash, utf8AsLatin1 } from "./hash.ts";

/** How many buckets the units are hashed into; weights are shares of these. */
export const BUCKETS = 100;

export interface AssignmentOptions {
  /** Empty means that the id alone is hashed, so that the formula is plainly HASH(id) mod 100. */
  readonly salt: string;
  /** Whole numbers that sum to 100, one per variant, in file order. */
  readonly weights: readonly number[];
  readonly stopped?: Stopped | undefined;
}

/** Variants whose units get the control; as positions among the weights. */
export interface Stopped {
  readonly variants: readonly number[];
  /** Never one of them. */
  readonly control: number;
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
 * boundary moves exactly the buckets beside it. The buckets of a stopped variant go to the control, and no
 * others move. Changing anything here is a breaking change: it reassigns
 * the users of running experiments.
 */
export function createAssignment({ salt, weights, stopped }: AssignmentOptions): Assignment {
  const owners = servingOf(ownersOf(weights), stopped);
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

/** What the variants' shares of the buckets are in the end, in per cent. */
export function effectiveWeights(
  weights: readonly number[],
  stopped: Stopped | undefined,
): readonly number[] {
  const served = servingOf(ownersOf(weights), stopped);
  return weights.map((_, variant) => served.filter((serving) => serving === variant).length);
}

function servingOf(owners: readonly number[], stopped: Stopped | undefined): readonly number[] {
  if (stopped === undefined) return owners;
  const { variants, control } = stopped;
  if (variants.includes(control))
    throw new RangeError(`variant ${control} is the control: it cannot be stopped`);
  return owners.map((owner) => (variants.includes(owner) ? control : owner));
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
