import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { BOUNDS, observed } from "../../../../test/support/snapshots.ts";
import { plus } from "./counters.ts";
import { countOf, histogramOf, meanOf, quantileOf } from "./histogram.ts";

const BETWEEN = histogramOf({ bounds: [1, 2, 4], cumulated: [10, 30, 40, 40], sum: 70 });

test("a quantile lies evenly within its bucket, as in PromQL", () => {
  assert.equal(quantileOf(0.5, BETWEEN), 1.5);
  assert.equal(quantileOf(0.25, BETWEEN), 1);
  assert.equal(quantileOf(0.1, BETWEEN), 0.4);
  assert.equal(quantileOf(1, BETWEEN), 4);
});

test("beyond the last finite bound a quantile is that bound", () => {
  const beyond = histogramOf({ bounds: [1, 2], cumulated: [1, 2, 100], sum: 900 });
  assert.equal(quantileOf(0.99, beyond), 2);
});

test("without observations there is neither a mean nor a quantile", () => {
  const empty = histogramOf(observed(0, 0.001));
  for (const none of [empty, undefined]) {
    assert.equal(meanOf(none), undefined);
    assert.equal(quantileOf(0.5, none), undefined);
    assert.equal(countOf(none), 0);
  }
});

test("histograms of two processes add up, whole bounds among fractions", () => {
  const both = plus(BETWEEN, histogramOf({ bounds: [1, 2, 4], cumulated: [0, 0, 10, 10], sum: 30 }));
  assert.equal(countOf(both), 50);
  assert.equal(meanOf(both), 2);
  assert.equal(quantileOf(1, both), 4);
  assert.equal(
    quantileOf(0.5, plus(BETWEEN, histogramOf({ bounds: [0.5], cumulated: [0, 0], sum: 0 }))),
    1.5,
  );
});

test("quantiles never fall as they rise, and stay within the bounds", () => {
  const added = fc.array(fc.nat(100), { minLength: BOUNDS.length + 1, maxLength: BOUNDS.length + 1 });
  fc.assert(
    fc.property(
      added,
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (counts, a, b) => {
        let total = 0;
        const cumulated = counts.map((count) => {
          total += count;
          return total;
        });
        fc.pre(total > 0);
        const histogram = histogramOf({ bounds: BOUNDS, cumulated, sum: 1 });
        const [low = -1, high = -1] = [Math.min(a, b), Math.max(a, b)].map((q) => quantileOf(q, histogram));
        assert.ok(0 <= low && low <= high && high <= Math.max(...BOUNDS), `${low} ${high}`);
      },
    ),
    { seed: 60_602 },
  );
});
