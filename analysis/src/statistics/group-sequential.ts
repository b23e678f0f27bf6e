import { normalCdf, normalQuantile } from "./distributions.ts";
import { gaussLegendre, type Rule } from "./quadrature.ts";
import { findRoot } from "./root.ts";

export type BoundShape = "obrien-fleming" | "pocock";

/** So that one look more never costs more than a fraction of a second. */
const MOST_LOOKS = 100;
/** Of the quadrature; 4 a standard deviation give twelve digits. */
const POINTS_PER_DEVIATION = 4;
/** Deviations. */
const NOWHERE = 10;

/**
 * The |z| that rejects at a look, of planned looks with equally much information between them, so that the chance of any false
 * rejection is alpha, two-sided. Pocock: the same at each (Biometrika 64, 1977). O'Brien-Fleming: C·√(looks/look)
 * (Biometrics 35, 1979).
 * @throws RangeError for looks that are not whole numbers from 1 to 100, `look` beyond `looks`, alpha outside 0..1
 */
export function plannedBound(looks: number, look: number, alpha: number, shape: BoundShape): number {
  requireLooks(looks, look);
  if (!(alpha > 0 && alpha < 1)) throw new RangeError(`alpha ${alpha} is not between 0 and 1`);
  const bounds = (constant: number) =>
    Array.from({ length: looks }, (_, index) =>
      shape === "pocock" ? constant : constant * Math.sqrt(looks / (index + 1)),
    );
  const fixed = normalQuantile(1 - alpha / 2);
  // Bonferroni is above any correlated test's bound, a single look below.
  const most = normalQuantile(1 - alpha / (2 * looks));
  const constant =
    looks === 1
      ? fixed
      : findRoot((c) => alpha - (crossingProbabilities(bounds(c)).at(-1) ?? 0), fixed - 1e-9, most);
  return bounds(constant)[look - 1] ?? constant;
}

/**
 * Chance that |z| has been beyond its bound at a look or before, look by look: the density of the test's path that has not crossed
 * yet, carried from look to look (Armitage, McPherson, Rowe, Journal of the Royal Statistical Society A 132, 1969; Jennison &
 * Turnbull, "Group Sequential Methods", 1999, chapter 19), by Gauss-Legendre.
 * @param bounds |z| at looks with equally much information between them
 * @param drift expected z at the last look; 0 is no difference at all
 */
export function crossingProbabilities(bounds: readonly number[], drift = 0): number[] {
  requireLooks(bounds.length, bounds.length);
  const step = drift / Math.sqrt(bounds.length);
  // The path is z·√look: each look adds a normal deviate. Beyond ten deviations from where it should be there is nothing.
  const limits = bounds.map((bound, index) => {
    const look = index + 1;
    return Math.min(bound, Math.abs(drift) * Math.sqrt(look / bounds.length) + NOWHERE) * Math.sqrt(look);
  });
  const rule = gaussLegendre(Math.max(32, Math.ceil(Math.max(...limits) * POINTS_PER_DEVIATION)));
  let path: Path = { points: [0], masses: [1] };
  let crossed = 0;
  return limits.map((limit) => {
    crossed += crossAt(path, limit, step);
    path = advance(path, limit, step, rule);
    return crossed;
  });
}

/** Where paths that have not crossed are, and how likely each place is. */
interface Path {
  readonly points: readonly number[];
  readonly masses: readonly number[];
}

function crossAt({ points, masses }: Path, limit: number, step: number): number {
  return points.reduce(
    (sum, point, index) =>
      sum + (masses[index] ?? 0) * (normalCdf(point + step - limit) + normalCdf(-limit - point - step)),
    0,
  );
}

function advance({ points, masses }: Path, limit: number, step: number, rule: Rule): Path {
  const next = rule.points.map((point) => point * limit);
  const scale = limit / Math.sqrt(2 * Math.PI);
  return {
    points: next,
    masses: next.map((to, index) => {
      let density = 0;
      for (let from = 0; from < points.length; from += 1) {
        const move = to - (points[from] ?? 0) - step;
        density += (masses[from] ?? 0) * Math.exp(-0.5 * move * move);
      }
      return (rule.weights[index] ?? 0) * scale * density;
    }),
  };
}

function requireLooks(looks: number, look: number): void {
  if (!Number.isInteger(looks) || looks < 1 || looks > MOST_LOOKS)
    throw new RangeError(`${looks} looks: give a whole number from 1 to ${MOST_LOOKS}`);
  if (!Number.isInteger(look) || look < 1 || look > looks)
    throw new RangeError(`look ${look} of ${looks}: give a whole number from 1 to ${looks}`);
}
