const STEPS = 200;

/**
 * Where an increasing function crosses 0 between two points, to some 13 digits: false position whose lazy end is halved
 * (Illinois: Dowell & Jarratt, BIT 11, 1971), which needs a tenth of bisection's evaluations.
 * @throws RangeError where it does not cross
 */
export function findRoot(increasing: (x: number) => number, low: number, high: number): number {
  let [below, atBelow] = [low, increasing(low)];
  let [above, atAbove] = [high, increasing(high)];
  if (!(atBelow <= 0 && atAbove >= 0)) throw new RangeError(`no root between ${low} and ${high}`);
  const tolerance = 1e-13 * Math.max(Math.abs(low), Math.abs(high));
  let root = low;
  let side = 0;
  for (let step = 0; step < STEPS && atAbove > atBelow; step += 1) {
    const previous = root;
    root = (below * atAbove - above * atBelow) / (atAbove - atBelow);
    if (step > 0 && Math.abs(root - previous) <= tolerance) break;
    const value = increasing(root);
    if (value < 0) {
      [below, atBelow] = [root, value];
      if (side < 0) atAbove /= 2;
      side = -1;
    } else if (value > 0) {
      [above, atAbove] = [root, value];
      if (side > 0) atBelow /= 2;
      side = 1;
    } else break;
  }
  return root;
}
