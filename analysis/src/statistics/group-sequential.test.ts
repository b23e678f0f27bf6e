import assert from "node:assert/strict";
import { test } from "node:test";
import { normalQuantile } from "./distributions.ts";
import { crossingProbabilities, plannedBound } from "./group-sequential.ts";
import { gaussLegendre } from "./quadrature.ts";
import { findRoot } from "./root.ts";
import { planLooks, planSequential } from "./sequential-planning.ts";

// Jennison & Turnbull, "Group Sequential Methods", 1999, tables 2.1 and 2.3: constants at alpha 0.05 and 0.01.
const TABLES = [
  [2, 2.178, 1.977, 2.772, 2.58],
  [3, 2.289, 2.004, 2.873, 2.595],
  [4, 2.361, 2.024, 2.939, 2.609],
  [5, 2.413, 2.04, 2.986, 2.621],
  [10, 2.555, 2.087, 3.117, 2.66],
  [20, 2.672, 2.126, 3.225, 2.695],
] as const;

test("constants are those of the tables", () => {
  for (const [looks, pocock, obrienFleming, pocockStrict, obrienFlemingStrict] of TABLES) {
    const own = [
      plannedBound(looks, looks, 0.05, "pocock"),
      plannedBound(looks, looks, 0.05, "obrien-fleming"),
      plannedBound(looks, looks, 0.01, "pocock"),
      plannedBound(looks, looks, 0.01, "obrien-fleming"),
    ].map((bound) => Math.round(bound * 1000) / 1000);
    assert.deepEqual(own, [pocock, obrienFleming, pocockStrict, obrienFlemingStrict], `${looks} looks`);
  }
});

test("the looks together reject falsely with a chance of alpha, for any number of looks and either shape", () => {
  for (const looks of [1, 2, 7, 20])
    for (const shape of ["pocock", "obrien-fleming"] as const) {
      const bounds = Array.from({ length: looks }, (_, index) => plannedBound(looks, index + 1, 0.03, shape));
      assert.ok(Math.abs((crossingProbabilities(bounds).at(-1) ?? 0) - 0.03) < 1e-9);
    }
});

test("one look is the plain test, Pocock's bounds are level, O'Brien-Fleming's fall", () => {
  assert.ok(Math.abs(plannedBound(1, 1, 0.05, "pocock") - normalQuantile(0.975)) < 1e-12);
  assert.equal(plannedBound(4, 1, 0.05, "pocock"), plannedBound(4, 4, 0.05, "pocock"));
  for (let look = 2; look <= 8; look += 1)
    assert.ok(
      plannedBound(8, look, 0.05, "obrien-fleming") < plannedBound(8, look - 1, 0.05, "obrien-fleming"),
    );
});

test("with a difference the chance of deciding grows from look to look and with the difference", () => {
  const bounds = new Array<number>(6).fill(2.4);
  const [small, large] = [crossingProbabilities(bounds, 2), crossingProbabilities(bounds, 3)];
  for (const [index, chance] of small.entries()) {
    assert.ok(chance > (small[index - 1] ?? 0));
    assert.ok((large[index] ?? 0) > chance);
  }
  const [there, back] = [crossingProbabilities(bounds, 2), crossingProbabilities(bounds, -2)];
  for (const [index, chance] of there.entries()) assert.ok(Math.abs(chance - (back[index] ?? 0)) < 1e-12);
});

test("looks that cannot be are refused by their number", () => {
  assert.throws(() => plannedBound(0, 1, 0.05, "pocock"), /0 looks: give a whole number from 1 to 100/);
  assert.throws(() => plannedBound(101, 1, 0.05, "pocock"), /101 looks/);
  assert.throws(() => plannedBound(3, 4, 0.05, "pocock"), /look 4 of 3: give a whole number from 1 to 3/);
  assert.throws(() => plannedBound(3, 1, 0, "pocock"), /alpha 0 is not between 0 and 1/);
});

test("planned looks need as many times the units as the tables say", () => {
  // Jennison & Turnbull 1999, tables 2.2 and 2.4: R at power 0.8 and 0.9, alpha 0.05.
  for (const [looks, power, pocock, obrienFleming] of [
    [2, 0.8, 1.11, 1.008],
    [5, 0.8, 1.228, 1.028],
    [5, 0.9, 1.206, 1.026],
    [10, 0.8, 1.301, 1.04],
  ] as const) {
    assert.ok(Math.abs(planLooks(looks, 0.05, power, "pocock").inflation - pocock) < 0.0015);
    assert.ok(Math.abs(planLooks(looks, 0.05, power, "obrien-fleming").inflation - obrienFleming) < 0.0015);
  }
  const { inflation, median, mean } = planLooks(1, 0.05, 0.8, "pocock");
  assert.ok(Math.abs(inflation - 1) < 1e-5);
  assert.deepEqual([median, mean], [1, 1]);
});

test("the sequential test needs fewest units where tau is about the difference", () => {
  const [blunt, sharp, wide] = [0.2, 1, 5].map((scale) => planSequential(0.05, 0.8, scale).inflation);
  assert.ok(sharp !== undefined && sharp < (blunt ?? 0) && sharp < (wide ?? 0));
});

test("the sequential plan is what simulated experiments need", () => {
  // Seeded: Marsaglia's polar normal deviates over a 32-bit xorshift.
  const seed = 20_260_101;
  const normal = normalsFrom(seed);
  const [alpha, power, looks, experiments] = [0.05, 0.8, 50, 4000];
  const { inflation, median } = planSequential(alpha, power, 1);
  const drift = Math.sqrt(inflation) * (normalQuantile(0.975) + normalQuantile(power));
  let [decided, early] = [0, 0];
  for (let experiment = 0; experiment < experiments; experiment += 1) {
    let path = 0;
    for (let look = 1; look <= looks; look += 1) {
      path += normal() + drift / Math.sqrt(looks);
      // tau = 1 difference: v/tau² = looks/(look · drift²)
      const v = looks / (look * drift ** 2);
      const z = path / Math.sqrt(look);
      if (0.5 * Math.log(v / (v + 1)) + (z * z) / (2 * (v + 1)) < Math.log(1 / alpha)) continue;
      decided += 1;
      if (look <= median * looks) early += 1;
      break;
    }
  }
  const error = 3 * Math.sqrt((power * (1 - power)) / experiments);
  assert.ok(
    Math.abs(decided / experiments - power) < error,
    `seed ${seed}: ${decided} of ${experiments} decided`,
  );
  assert.ok(
    Math.abs(early / experiments - 0.5) < 0.03,
    `seed ${seed}: ${early} of ${experiments} by the median`,
  );
});

test("the quadrature is exact for polynomials and near for the rest", () => {
  const { points, weights } = gaussLegendre(8);
  const integrate = (f: (x: number) => number) =>
    points.reduce((sum, x, i) => sum + (weights[i] ?? 0) * f(x), 0);
  assert.ok(Math.abs(integrate((x) => x ** 14) - 2 / 15) < 1e-14);
  assert.ok(Math.abs(integrate(Math.exp) - (Math.E - 1 / Math.E)) < 1e-13);
});

test("a root is found to twelve digits, and refused where there is none", () => {
  assert.ok(Math.abs(findRoot((x) => x ** 9 - 2, 0, 100) / 2 ** (1 / 9) - 1) < 1e-12);
  assert.equal(
    findRoot((x) => x, -1, 1),
    0,
  );
  assert.throws(() => findRoot((x) => x + 5, 0, 1), /no root between 0 and 1/);
});

function normalsFrom(seed: number): () => number {
  let state = seed | 0;
  const uniform = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  return () => {
    for (;;) {
      const [x, y] = [2 * uniform() - 1, 2 * uniform() - 1];
      const square = x * x + y * y;
      if (square > 0 && square < 1) return x * Math.sqrt((-2 * Math.log(square)) / square);
    }
  };
}
