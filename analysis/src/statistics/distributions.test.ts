import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  chiSquareQuantile,
  chiSquareSurvival,
  fQuantile,
  logBeta,
  logNormalCdf,
  normalCdf,
  normalQuantile,
  studentQuantile,
  studentSurvival,
} from "./distributions.ts";
import reference from "./fixtures/reference.json" with { type: "json" };

const seed = 20_260_101;
const functions: Record<keyof typeof reference.distributions, (...at: number[]) => number> = {
  normalCdf: (z = Number.NaN) => normalCdf(z),
  logNormalCdf: (z = Number.NaN) => logNormalCdf(z),
  normalQuantile: (p = Number.NaN) => normalQuantile(p),
  chiSquareSurvival: (x = Number.NaN, df = Number.NaN) => chiSquareSurvival(x, df),
  chiSquareQuantile: (p = Number.NaN, df = Number.NaN) => chiSquareQuantile(p, df),
  studentSurvival: (t = Number.NaN, df = Number.NaN) => studentSurvival(t, df),
  studentQuantile: (p = Number.NaN, df = Number.NaN) => studentQuantile(p, df),
  fQuantile: (p = Number.NaN, d1 = Number.NaN, d2 = Number.NaN) => fQuantile(p, d1, d2),
  logBeta: (a = Number.NaN, b = Number.NaN) => logBeta(a, b),
};

for (const [name, rows] of Object.entries(reference.distributions)) {
  test(`${name} is SciPy's within 1e-9 of the value, tails included`, () => {
    const compute = functions[name as keyof typeof functions];
    for (const [at, expected] of rows as [number[], number][]) {
      const difference = Math.abs(compute(...at) - expected) / (Math.abs(expected) || 1);
      assert.ok(difference <= 1e-9, `${name}(${at.join(", ")}) = ${compute(...at)}, not ${expected}`);
    }
    assert.ok(rows.length >= 12);
  });
}

test("quantiles undo their distributions", () => {
  const p = fc.double({ min: 1e-9, max: 1 - 1e-9, noNaN: true });
  const df = fc.double({ min: 1, max: 5000, noNaN: true });
  fc.assert(
    fc.property(p, df, (probability, freedom) => {
      assert.ok(Math.abs(normalCdf(normalQuantile(probability)) / probability - 1) < 1e-9);
      const tail = studentSurvival(-studentQuantile(probability, freedom), freedom);
      assert.ok(Math.abs(tail / probability - 1) < 1e-8, `${tail}, not ${probability}`);
    }),
    { seed },
  );
});

test("the square of a t is an F of 1 and the same degrees of freedom, and of a normal deviate a chi-square", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.01, max: 0.999, noNaN: true }),
      fc.integer({ min: 2, max: 500 }),
      (p, df) => {
        const t = studentQuantile((1 + p) / 2, df);
        assert.ok(Math.abs(fQuantile(p, 1, df) / t ** 2 - 1) < 1e-8);
        const z = normalQuantile((1 + p) / 2);
        assert.ok(Math.abs(chiSquareSurvival(z * z, 1) / (1 - p) - 1) < 1e-8);
      },
    ),
    { seed },
  );
});

test("Student's distribution with endless degrees of freedom is the normal one", () => {
  assert.equal(studentSurvival(1.5, Infinity), normalCdf(-1.5));
  assert.equal(studentQuantile(0.9, Infinity), normalQuantile(0.9));
});

test("the ends of the scale are where they belong", () => {
  assert.deepEqual([normalQuantile(0), normalQuantile(1)], [-Infinity, Infinity]);
  assert.deepEqual([studentQuantile(0, 9), studentQuantile(1, 9)], [-Infinity, Infinity]);
  assert.deepEqual([fQuantile(0, 1, 9), fQuantile(1, 1, 9)], [0, Infinity]);
  assert.deepEqual([chiSquareQuantile(0, 3), chiSquareQuantile(1, 3)], [0, Infinity]);
  assert.equal(chiSquareSurvival(-1, 3), 1);
  assert.deepEqual([studentSurvival(Infinity, 9), studentSurvival(-Infinity, 9)], [0, 1]);
});

test("no number, however far out, makes a distribution throw or its value leave 0 to 1", () => {
  const far = [
    -Infinity,
    -1e300,
    -1e10,
    -1412,
    -40,
    -20.0001,
    -19.99,
    0,
    1e-300,
    1e-10,
    8.9,
    9.1,
    40,
    1412,
    1e10,
    1e300,
    Infinity,
  ];
  for (const x of far) {
    for (const df of [0.5, 1, 2, 3.5, 99, 1e5, 1e10, Infinity])
      for (const p of [
        normalCdf(x),
        studentSurvival(x, df),
        chiSquareSurvival(x, Math.max(1, Math.min(df, 1e10))),
      ])
        assert.ok(p >= 0 && p <= 1, `${p} at ${x}, ${df} degrees of freedom`);
    assert.ok(!Number.isNaN(logNormalCdf(x)));
  }
});

test("without degrees of freedom there is no distribution", () => {
  for (const df of [0, -1, Number.NaN]) {
    assert.ok(Number.isNaN(studentSurvival(1, df)) && Number.isNaN(studentQuantile(0.9, df)));
    assert.ok(Number.isNaN(chiSquareSurvival(1, df)) && Number.isNaN(chiSquareQuantile(0.9, df)));
    assert.ok(Number.isNaN(fQuantile(0.9, 1, df)));
  }
  assert.ok(Number.isNaN(chiSquareQuantile(0.9, Infinity)) && Number.isNaN(chiSquareSurvival(3, Infinity)));
  assert.throws(
    () => chiSquareQuantile(1e-12, 3),
    /chi-square quantile of 1e-12: give a probability from 1e-9 to 1/,
  );
});

test("what is no probability is refused by its value", () => {
  for (const p of [-0.1, 1.5, Number.NaN])
    assert.throws(() => normalQuantile(p), {
      name: "RangeError",
      message: `${p} is not a probability: give a number from 0 to 1`,
    });
});
