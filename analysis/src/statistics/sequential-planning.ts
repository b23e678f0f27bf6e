import { normalQuantile } from "./distributions.ts";
import { type BoundShape, crossingProbabilities, plannedBound } from "./group-sequential.ts";
import { findRoot } from "./root.ts";

/** A test is looked at this often in the calculation; more looks find a difference a little sooner. */
const LOOKS = 50;
/** Times the drift that one fixed look needs, that is 10,000 times its units. */
const MOST_TIMES = 100;

export interface SequentialPlan {
  /** Times as many units as one fixed look needs, so that the chance of deciding within them is the power. */
  readonly inflation: number;
  /** Share of those units by which half of such experiments have decided. */
  readonly median: number;
  /** Mean share of those units at the decision, or at their end without one. */
  readonly mean: number;
}

/**
 * What the mSPRT needs to find a difference: by then its path, a Brownian motion with drift in the information 1/v, has crossed the
 * bound of the confidence sequence (`confidence-sequence.ts`) at one of 50 evenly spaced looks with a chance of `power`. Computed by numerical
 * integration (`crossingProbabilities`), not by simulation.
 * @param scale tau as a multiple of the difference that is to be found
 */
export function planSequential(alpha: number, power: number, scale: number): SequentialPlan {
  return plan(alpha, power, LOOKS, (drift, look) => {
    // tau²/v at the look, where drift = difference/√v at the last.
    const grown = ((scale * drift) ** 2 * look) / LOOKS;
    return Math.sqrt((1 + 1 / grown) * (Math.log1p(grown) - 2 * Math.log(alpha)));
  });
}

/** The same for planned looks (Jennison & Turnbull, "Group Sequential Methods", 1999, tables 2.2 and 2.4). */
export function planLooks(looks: number, alpha: number, power: number, shape: BoundShape): SequentialPlan {
  const bounds = Array.from({ length: looks }, (_, index) => plannedBound(looks, index + 1, alpha, shape));
  return plan(alpha, power, looks, (_, look) => bounds[look - 1] ?? Infinity);
}

function plan(
  alpha: number,
  power: number,
  looks: number,
  bound: (drift: number, look: number) => number,
): SequentialPlan {
  const decided = (drift: number) =>
    crossingProbabilities(
      Array.from({ length: looks }, (_, index) => bound(drift, index + 1)),
      drift,
    );
  const fixed = normalQuantile(1 - alpha / 2) + normalQuantile(power);
  const lack = (trial: number) => (decided(trial).at(-1) ?? 0) - power;
  let enough = fixed * 1.5;
  while (lack(enough) < 0) {
    enough *= 1.5;
    if (enough > fixed * MOST_TIMES)
      throw new RangeError(
        "no number of units that can be reached decides: take a tau nearer to the difference",
      );
  }
  const drift = findRoot(lack, 0, enough);
  const shares = decided(drift);
  return {
    inflation: (drift / fixed) ** 2,
    median: reach(shares, 0.5),
    mean: 1 - shares.slice(0, -1).reduce((sum, share) => sum + share, 0) / looks,
  };
}

/** Where the chance, linear between looks, reaches a level; 1 where it never does. */
function reach(shares: readonly number[], level: number): number {
  const index = shares.findIndex((share) => share >= level);
  if (index < 0) return 1;
  const before = shares[index - 1] ?? 0;
  const after = shares[index] ?? 1;
  // At planned looks there is nothing between two of them.
  return (index + (shares.length < LOOKS ? 1 : (level - before) / (after - before))) / shares.length;
}
