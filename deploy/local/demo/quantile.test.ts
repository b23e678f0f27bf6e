import assert from "node:assert/strict";
import { test } from "node:test";
import { type Bucket, histogramQuantile } from "./quantile.ts";

const buckets = (...pairs: [number, number][]): Bucket[] =>
  pairs.map(([upperBound, count]) => ({ upperBound, count }));

const HISTOGRAM = buckets(
  [0.004, 0],
  [0.01, 12],
  [0.0125, 40],
  [0.016, 90],
  [0.02, 98],
  [5, 100],
  [Infinity, 100],
);
const OVERFLOWING = buckets([0.1, 1], [5, 3], [Infinity, 10]);
const FIRST = buckets([0.1, 10], [5, 10], [Infinity, 10]);
const FALLING = buckets([0.1, 10], [1, 8], [5, 20], [Infinity, 20]);

// Each value is what promtool 2.42.0 prints for histogram_quantile over the same series.
const PINNED: [string, number, Bucket[], number][] = [
  ["the median lies within its bucket", 0.5, HISTOGRAM, 0.0132],
  ["a wide last finite bucket is interpolated too", 0.99, HISTOGRAM, 2.51],
  ["an empty first bucket moves the start", 0.05, HISTOGRAM, 0.0065],
  ["the maximum is a bound", 1, HISTOGRAM, 5],
  ["rank 0 in an empty bucket is not a number", 0, HISTOGRAM, Number.NaN],
  ["beyond the last finite bound the bound is the answer", 0.99, OVERFLOWING, 5],
  ["the second bucket starts at the first one's bound", 0.2, OVERFLOWING, 2.55],
  ["the first bucket starts at zero", 0.5, FIRST, 0.05],
  ["no observations", 0.99, buckets([0.1, 0], [Infinity, 0]), Number.NaN],
  ["counts that fall are raised", 0.6, FALLING, 1.8],
  ["the first bucket that reaches the rank counts", 0.5, FALLING, 0.1],
  ["no +Inf bucket", 0.5, buckets([0.1, 10], [1, 20]), Number.NaN],
];

for (const [name, q, input, expected] of PINNED) {
  test(`as promtool: ${name}`, () => {
    const value = histogramQuantile(q, input);
    assert.ok(
      Object.is(value, expected) || Math.abs(value - expected) < 1e-12,
      `${value} is not ${expected}`,
    );
  });
}

test("the order of the buckets does not matter and equal bounds add up, as sum by (le) does", () => {
  const doubled = [...HISTOGRAM, ...HISTOGRAM].reverse();
  assert.ok(Math.abs(histogramQuantile(0.5, doubled) - 0.0132) < 1e-12);
});

test("without buckets there is no quantile", () => {
  assert.ok(Number.isNaN(histogramQuantile(0.5, [])));
});
