import type { GatewayCounts, VariantFigures } from "./variant-figures.ts";

/** A variant as the report shows it: its place in the configuration and what its workers counted. */
export interface Column {
  readonly name: string;
  /** 0 to 100. */
  readonly weight: number;
  readonly figures: VariantFigures | null;
  /** What the gateway counted for the variant; null when its metrics could not be read. */
  readonly gateway: GatewayCounts | null;
}

export interface Slower {
  readonly name: string;
  readonly mean: number;
  /** By how much its mean exceeds the fastest one's, as a share of that. */
  readonly by: number;
}

/**
 * All variants against the one with the smallest mean: then every other one is "slower", and no figure can be read
 * the wrong way round. From `_sum / _count`, which is exact; quantiles out of buckets are not.
 */
export function compareMeans(
  columns: readonly Column[],
): { fastest: string; mean: number; others: Slower[] } | null {
  const measured = columns
    .flatMap(({ name, figures }) =>
      figures === null || figures.mean === null ? [] : [{ name, mean: figures.mean }],
    )
    .sort((a, b) => a.mean - b.mean);
  const [fastest, ...rest] = measured;
  if (fastest === undefined || rest.length === 0 || fastest.mean <= 0) return null;
  const others = rest.map(({ name, mean }) => ({ name, mean, by: mean / fastest.mean - 1 }));
  return { fastest: fastest.name, mean: fastest.mean, others };
}

/**
 * How far a share of requests may be from its weight by chance alone, 95 times in 100. Users are assigned, not
 * requests, so the number of users decides; each sends about as many requests as any other.
 */
export function chanceMargin(weight: number, users: number): number {
  const share = weight / 100;
  return 1.96 * Math.sqrt((share * (1 - share)) / users);
}
