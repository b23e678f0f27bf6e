import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { chiSquare, dirichletPValue, sequentialLogLikelihoodRatio } from "./sample-ratio.ts";

const seed = 20_260_101;
const counts = fc.array(fc.nat(100_000), { minLength: 2, maxLength: 5 });

test("p-values are between 0 and 1, whatever was counted", () => {
  fc.assert(
    fc.property(counts, (observed) => {
      const shares = observed.map(() => 1);
      for (const p of [chiSquare(observed, shares).pValue, dirichletPValue(observed, shares, 10_000)])
        assert.ok(Number.isNaN(p) ? observed.every((count) => count === 0) : p >= 0 && p <= 1);
    }),
    { seed },
  );
});

test("the order of the variants does not matter", () => {
  fc.assert(
    fc.property(fc.nat(10_000), fc.nat(10_000), fc.integer({ min: 1, max: 99 }), (one, other, weight) => {
      fc.pre(one + other > 0);
      const there = chiSquare([one, other], [weight, 100 - weight]).statistic;
      const back = chiSquare([other, one], [100 - weight, weight]).statistic;
      assert.ok(Math.abs(there - back) <= 1e-9 * (1 + there));
    }),
    { seed },
  );
});

test("weights may be in any unit", () => {
  assert.deepEqual(chiSquare([700, 300], [50, 50]), chiSquare([700, 300], [0.5, 0.5]));
});

test("nothing counted is no evidence", () => {
  assert.deepEqual(chiSquare([0, 0], [1, 1]), { statistic: 0, df: 1, pValue: 1 });
  assert.equal(dirichletPValue([0, 0], [1, 1], 10_000), 1);
});

test("a variant without weight must not be seen", () => {
  assert.deepEqual(chiSquare([500, 500, 0], [1, 1, 0]), { statistic: 0, df: 1, pValue: 1 });
  assert.equal(chiSquare([500, 500, 1], [1, 1, 0]).pValue, 0);
  assert.equal(dirichletPValue([500, 500, 0], [1, 1, 0], 10_000), 1);
  assert.equal(dirichletPValue([500, 500, 1], [1, 1, 0], 10_000), 0);
  assert.equal(chiSquare([500], [1]).pValue, 1);
});

test("the sequential ratio is the formula: deviations that cancel are evidence for the weights, one-sided ones against them", () => {
  const cancel = [10, -10, 10, -10];
  // V = 4/3 · 400, D = 0
  assert.ok(
    Math.abs(sequentialLogLikelihoodRatio(cancel, 100) - 0.5 * Math.log(100 / (100 + 1600 / 3))) < 1e-12,
  );
  const shifted = [10, 12, 11, 9];
  // V = 4/3 · 5, D = 42
  const expected = 0.5 * Math.log(100 / (100 + 20 / 3)) + 42 ** 2 / (2 * (20 / 3 + 100));
  assert.ok(Math.abs(sequentialLogLikelihoodRatio(shifted, 100) - expected) < 1e-12);
});

test("the sequential ratio does not know which way callers were lost", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 2, maxLength: 100 }),
      (deviations) => {
        const there = sequentialLogLikelihoodRatio(deviations, 50);
        const back = sequentialLogLikelihoodRatio(
          deviations.map((deviation) => -deviation),
          50,
        );
        assert.ok(Math.abs(there - back) <= 1e-9 * (1 + Math.abs(there)));
      },
    ),
    { seed },
  );
});

test("without any spread between buckets nothing is known", () => {
  assert.equal(sequentialLogLikelihoodRatio([], 10), 0);
  assert.equal(sequentialLogLikelihoodRatio([5], 10), 0);
  assert.equal(sequentialLogLikelihoodRatio([0, 0, 0], 10), 0);
});
