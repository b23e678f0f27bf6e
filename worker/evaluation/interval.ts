/** 97.5 % quantile of the standard normal distribution: both tails together leave 95 %. */
const Z = 1.959963984540054;

/**
 * Wilson's 95 % interval for a share: unlike `p ± z·s` it stays within [0, 1] and is not empty at 0 % or 100 %.
 * Wilson (1927), J. Am. Stat. Assoc. 22, 209-212.
 */
export function wilsonInterval(successes: number, trials: number): [low: number, high: number] | null {
  if (trials === 0) return null;
  const share = successes / trials;
  const scale = 1 + Z ** 2 / trials;
  const centre = (share + Z ** 2 / (2 * trials)) / scale;
  const half = (Z * Math.sqrt((share * (1 - share)) / trials + Z ** 2 / (4 * trials ** 2))) / scale;
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}
