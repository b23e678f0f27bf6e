import assert from "node:assert/strict";
import { test } from "node:test";
import { nearestRank, summarizeLatency } from "./latency.ts";

test("the nearest rank is always a measured value", () => {
  // The textbook example: ordered list {15, 20, 35, 40, 50}.
  const values = [15, 20, 35, 40, 50];
  assert.deepEqual(
    [0.05, 0.3, 0.4, 0.5, 1].map((share) => nearestRank(values, share)),
    [15, 20, 20, 35, 50],
  );
});

test("of a hundred values every percentile is the value of its rank, rounding errors or not", () => {
  const values = Array.from({ length: 100 }, (_, index) => index + 1);
  for (let percent = 1; percent <= 100; percent += 1)
    assert.equal(nearestRank(values, percent / 100), percent);
});

test("one value is every percentile, none is none", () => {
  assert.deepEqual(summarizeLatency([0.2]), { count: 1, mean: 0.2, p50: 0.2, p99: 0.2, max: 0.2 });
  assert.equal(summarizeLatency([]), null);
});

test("the order of measuring does not matter and the input stays as it was", () => {
  const seconds = [0.3, 0.1, 0.2, 0.4];
  assert.deepEqual(summarizeLatency(seconds), { count: 4, mean: 0.25, p50: 0.2, p99: 0.4, max: 0.4 });
  assert.deepEqual(seconds, [0.3, 0.1, 0.2, 0.4]);
});
