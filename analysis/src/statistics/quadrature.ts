/** Points and weights of a rule for integrals from −1 to 1. */
export interface Rule {
  readonly points: readonly number[];
  readonly weights: readonly number[];
}

const NEWTON_STEPS = 20;

/** Gauss-Legendre: exact for polynomials of degree 2n − 1 (Abramowitz & Stegun 25.4.29; roots by Newton from Tricomi's start). */
export function gaussLegendre(n: number): Rule {
  const points: number[] = [];
  const weights: number[] = [];
  for (let i = 1; i <= n; i += 1) {
    let x = -Math.cos((Math.PI * (i - 0.25)) / (n + 0.5));
    let slope = 1;
    for (let step = 0; step < NEWTON_STEPS; step += 1) {
      const value = legendre(n, x);
      slope = value.slope;
      const move = value.value / slope;
      x -= move;
      if (Math.abs(move) < 1e-15) break;
    }
    slope = legendre(n, x).slope;
    points.push(x);
    weights.push(2 / ((1 - x * x) * slope * slope));
  }
  return { points, weights };
}

function legendre(n: number, x: number): { readonly value: number; readonly slope: number } {
  let before = 1;
  let value = x;
  for (let k = 2; k <= n; k += 1) {
    const next = ((2 * k - 1) * x * value - (k - 1) * before) / k;
    before = value;
    value = next;
  }
  return { value, slope: (n * (x * value - before)) / (x * x - 1) };
}
