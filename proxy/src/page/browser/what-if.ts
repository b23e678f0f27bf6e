import { findMoves, type Move, type NamedWeight } from "../../experiment/moves.ts";
import { formatList } from "./numbers.ts";

/** What other weights would do to the hundred buckets; nothing is written. */
export interface WhatIf {
  /** In file order. */
  readonly weights: readonly NamedWeight[];
  readonly moves: readonly Move[];
  /** Of the hundred: as many per cent of the users. */
  readonly moved: number;
  /** Whose each bucket would be. */
  readonly owners: readonly string[];
  readonly movedBuckets: ReadonlySet<number>;
}

/**
 * @param current in file order, sums to 100
 * @param wished weights by name; of those left out the control takes the rest, the others keep theirs
 */
export function askWhatIf(
  current: readonly (NamedWeight & { readonly role: string })[],
  wished: Readonly<Record<string, number>>,
): WhatIf {
  let left = 100;
  const treatments = new Map<string, number>();
  // Whoever was moved last is given room first; the others follow in file order.
  const names = [...Object.keys(wished).reverse(), ...current.map(({ name }) => name)];
  for (const name of names) {
    const variant = current.find((one) => one.name === name);
    if (variant === undefined || variant.role === "control" || treatments.has(name)) continue;
    const weight = Math.min(left, Math.max(0, Math.round(wished[name] ?? variant.weight)));
    treatments.set(name, weight);
    left -= weight;
  }
  const weights = current.map(({ name }) => ({ name, weight: treatments.get(name) ?? left }));
  const moves = findMoves(current, weights);
  const buckets = moves.flatMap(({ firstBucket, lastBucket }) =>
    Array.from({ length: lastBucket - firstBucket + 1 }, (_, index) => firstBucket + index),
  );
  return {
    weights,
    moves,
    moved: buckets.length,
    owners: weights.flatMap(({ name, weight }) => Array<string>(weight).fill(name)),
    movedBuckets: new Set(buckets),
  };
}

/** For people, and for those who cannot see the strip. */
export function describeWhatIf({ weights, moves, moved }: WhatIf): string {
  const wished = formatList(weights.map(({ name, weight }) => `${name} ${weight} %`));
  if (moved === 0) return `${wished}: as it is now, nobody moves.`;
  const ranges = formatList(
    moves.map(({ from, to, firstBucket, lastBucket }) => {
      const buckets =
        firstBucket === lastBucket ? `bucket ${firstBucket}` : `buckets ${firstBucket} to ${lastBucket}`;
      return `${buckets} from ${from} to ${to}`;
    }),
  );
  return `${wished}: ${moved} of 100 buckets would move, so about ${moved} % of the users. ${upperFirst(ranges)}. All others stay.`;
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
