/** A variant's name and its share of the buckets, in file order. */
export interface NamedWeight {
  readonly name: string;
  readonly weight: number;
}

/** A contiguous range of buckets whose users change from one variant to another; both ends belong to it. */
export interface Move {
  readonly from: string;
  readonly to: string;
  readonly firstBucket: number;
  readonly lastBucket: number;
}

/** Who moves when one list of weights replaces another under the same salt: the fewest ranges, in order. */
export function findMoves(before: readonly NamedWeight[], after: readonly NamedWeight[]): Move[] {
  const [old, next] = [ownerNames(before), ownerNames(after)];
  const moves: Move[] = [];
  for (const [bucket, from] of old.entries()) {
    const to = next[bucket];
    if (to === undefined || from === to) continue;
    const last = moves.at(-1);
    if (last?.lastBucket === bucket - 1 && last.from === from && last.to === to)
      moves[moves.length - 1] = { ...last, lastBucket: bucket };
    else moves.push({ from, to, firstBucket: bucket, lastBucket: bucket });
  }
  return moves;
}

function ownerNames(weights: readonly NamedWeight[]): string[] {
  return weights.flatMap(({ name, weight }) => Array<string>(weight).fill(name));
}
