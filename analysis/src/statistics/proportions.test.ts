import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { probabilityOfBeingBetter } from "./beta-posterior.ts";
import { newcombe, pooledZ, wilson } from "./proportions.ts";
import { welch, welchRelative } from "./welch.ts";

const seed = 20_260_101;
const proportion = fc
  .tuple(fc.nat(5000), fc.nat(5000))
  .filter(([successes, failures]) => successes + failures > 0)
  .map(([successes, failures]) => ({ successes, trials: successes + failures }));

test("Wilson's interval holds the share and stays between 0 and 1", () => {
  fc.assert(
    fc.property(proportion, fc.double({ min: 0.001, max: 0.5, noNaN: true }), (given, alpha) => {
      const { low, high } = wilson(given, alpha);
      const share = given.successes / given.trials;
      assert.ok(low >= 0 && low <= share + 1e-12 && share <= high + 1e-12 && high <= 1);
    }),
    { seed },
  );
});

test("Newcombe's interval holds the difference, stays between -1 and 1, and turns with the variants", () => {
  fc.assert(
    fc.property(proportion, proportion, (control, treatment) => {
      const { low, high } = newcombe(control, treatment, 0.05);
      const difference = treatment.successes / treatment.trials - control.successes / control.trials;
      assert.ok(
        low <= difference + 1e-12 && difference <= high + 1e-12 && low >= -1 - 1e-12 && high <= 1 + 1e-12,
      );
      const turned = newcombe(treatment, control, 0.05);
      assert.ok(Math.abs(turned.low + high) < 1e-12 && Math.abs(turned.high + low) < 1e-12);
    }),
    { seed },
  );
});

test("the pooled z turns its sign with the variants, its p stays between 0 and 1", () => {
  fc.assert(
    fc.property(proportion, proportion, (control, treatment) => {
      const { z, pValue } = pooledZ(control, treatment);
      if (Number.isNaN(z)) return;
      assert.ok(Math.abs(z + pooledZ(treatment, control).z) < 1e-9);
      assert.ok(pValue >= 0 && pValue <= 1);
    }),
    { seed },
  );
});

test("without trials Wilson's interval is everything", () => {
  assert.deepEqual(wilson({ successes: 0, trials: 0 }, 0.05), { low: 0, high: 1 });
});

test("the chances of being better and of being worse are 1 together", () => {
  fc.assert(
    fc.property(fc.nat(60), fc.nat(60), fc.nat(60), fc.nat(60), (a, b, c, d) => {
      const [one, other] = [
        { successes: a, trials: a + b },
        { successes: c, trials: c + d },
      ];
      const sum = probabilityOfBeingBetter(one, other) + probabilityOfBeingBetter(other, one);
      assert.ok(Math.abs(sum - 1) < 1e-9, `${sum}`);
    }),
    { seed },
  );
});

test("Welch's interval holds the difference and excludes 0 exactly where p is below alpha", () => {
  const sample = fc.record({
    mean: fc.double({ min: 0.5, max: 5, noNaN: true }),
    variance: fc.double({ min: 0.01, max: 50, noNaN: true }),
    count: fc.integer({ min: 3, max: 5000 }),
  });
  fc.assert(
    fc.property(sample, sample, (control, treatment) => {
      for (const test of [welch(control, treatment, 0.05), welchRelative(control, treatment, 0.05)]) {
        assert.ok(test.low <= test.difference && test.difference <= test.high);
        if (Math.abs(test.pValue - 0.05) > 1e-9)
          assert.equal(test.low > 0 || test.high < 0, test.pValue < 0.05);
      }
    }),
    { seed },
  );
});
