import type { Random } from "../support/random.ts";

/** Standard normal (Box and Muller). */
export function drawNormal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** How many of something come, `mean` being expected (Knuth below 30, else the normal approximation). */
export function drawPoisson(random: Random, mean: number): number {
  if (mean >= 30) return Math.max(0, Math.round(mean + Math.sqrt(mean) * drawNormal(random)));
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = random(); product > limit; product *= random()) count++;
  return count;
}

/** 1, 2, 3, … with this mean. */
export function drawGeometric(random: Random, mean: number): number {
  return mean <= 1 ? 1 : 1 + Math.floor(Math.log(1 - random()) / Math.log(1 - 1 / mean));
}

/** A share around `mean`; the larger `concentration`, the nearer (Marsaglia and Tsang, by two gammas). */
export function drawBeta(random: Random, mean: number, concentration: number): number {
  const one = drawGamma(random, mean * concentration);
  const other = drawGamma(random, (1 - mean) * concentration);
  return one + other > 0 ? one / (one + other) : mean;
}

function drawGamma(random: Random, shape: number): number {
  if (shape < 1) return drawGamma(random, shape + 1) * random() ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = drawNormal(random);
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - random()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}

/** Gives indexes in proportion to weights, in constant time (Walker's alias method). */
export function createPicker(weights: readonly number[], random: Random): () => number {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const scaled = weights.map((weight) => (weight / total) * weights.length);
  const alias = new Int32Array(weights.length);
  const small: number[] = [];
  const large: number[] = [];
  for (const [index, weight] of scaled.entries()) (weight < 1 ? small : large).push(index);
  while (small.length > 0 && large.length > 0) {
    const less = small.pop() as number;
    const more = large[large.length - 1] as number;
    alias[less] = more;
    scaled[more] = (scaled[more] as number) - (1 - (scaled[less] as number));
    if ((scaled[more] as number) < 1) small.push(large.pop() as number);
  }
  for (const index of [...small, ...large]) {
    scaled[index] = 1;
    alias[index] = index;
  }
  return () => {
    const index = Math.floor(random() * weights.length);
    return random() < (scaled[index] as number) ? index : (alias[index] as number);
  };
}
