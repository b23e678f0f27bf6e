import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { designEffect, planArcsine, planByBaseline, planPooled, planRoughly } from "./planning.ts";

const seed = 20_260_101;
const question = fc.record({
  baseline: fc.double({ min: 0.02, max: 0.6, noNaN: true }),
  difference: fc.double({ min: 0.005, max: 0.2, noNaN: true }),
  alpha: fc.double({ min: 0.001, max: 0.2, noNaN: true }),
  power: fc.double({ min: 0.5, max: 0.99, noNaN: true }),
});

test("a smaller difference, more power and less alpha ask for more units", () => {
  fc.assert(
    fc.property(question, (asked) => {
      for (const plan of [planPooled, planArcsine, planByBaseline]) {
        const units = plan(asked);
        assert.ok(plan({ ...asked, difference: asked.difference / 2 }) > units);
        assert.ok(plan({ ...asked, power: asked.power + 0.005 }) > units);
        assert.ok(plan({ ...asked, alpha: asked.alpha / 2 }) > units);
      }
    }),
    { seed },
  );
});

test("it does not matter which of two equal variants is the control", () => {
  fc.assert(
    fc.property(question, (asked) => {
      const turned = { ...asked, baseline: asked.baseline + asked.difference, difference: -asked.difference };
      for (const plan of [planPooled, planArcsine])
        assert.ok(Math.abs(plan(asked) / plan(turned) - 1) < 1e-9);
    }),
    { seed },
  );
});

test("the rule of thumb is near for 80 % and 5 %", () => {
  const asked = { baseline: 0.3, difference: 0.01, alpha: 0.05, power: 0.8 };
  assert.ok(Math.abs(planRoughly(asked) / planPooled(asked) - 1) < 0.02);
});

test("units of uneven variants are what statsmodels says", () => {
  // samplesize_proportions_2indep_onetail(-0.02, 0.12, 0.8, ratio=0.5, alpha=0.05, alternative="two-sided"), statsmodels 0.15.0
  const asked = { baseline: 0.1, difference: 0.02, alpha: 0.05, power: 0.8 };
  assert.ok(Math.abs(planPooled(asked, 0.5) / 5698.8919581816235 - 1) < 1e-12);
});

test("one request of each user has no design effect, alike requests are worth one", () => {
  assert.equal(designEffect(1, 0.7), 1);
  assert.equal(designEffect(5, 1), 5);
  assert.equal(designEffect(5, 0), 1);
});
