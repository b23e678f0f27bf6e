/**
 * Where an increasing function crosses 0 between two points, to some 13 digits: the ITP method, never worse than bisection by
 * more than one step (Oliveira & Takahashi, ACM Transactions on Mathematical Software 47(1), 2020).
 * @throws RangeError where it does not cross
 */
export function findRoot(increasing: (x: number) => number, low: number, high: number): number {
  let [below, atBelow] = [low, increasing(low)];
  let [above, atAbove] = [high, increasing(high)];
  if (!(atBelow <= 0 && atAbove >= 0)) throw new RangeError(`no root between ${low} and ${high}`);
  const tolerance = 1e-13 * Math.max(Math.abs(low), Math.abs(high));
  const steps = Math.ceil(Math.log2((high - low) / (2 * tolerance))) + 1;
  const sharpness = 0.2 / (high - low);
  for (let step = 0; step <= steps && above - below > 2 * tolerance; step += 1) {
    const width = above - below;
    const middle = below + width / 2;
    const secant = (below * atAbove - above * atBelow) / (atAbove - atBelow);
    const side = Math.sign(middle - secant);
    const shift = sharpness * width * width;
    const nearer = shift <= Math.abs(middle - secant) ? secant + side * shift : middle;
    const radius = tolerance * 2 ** (steps - step) - width / 2;
    const projected = Math.abs(nearer - middle) <= radius ? nearer : middle - side * radius;
    // Where the function is endless there is no secant.
    const x = Number.isNaN(projected) ? middle : projected;
    const value = increasing(x);
    if (value === 0) return x;
    if (value < 0) [below, atBelow] = [x, value];
    else [above, atAbove] = [x, value];
  }
  return below + (above - below) / 2;
}
