import assert from "node:assert/strict";
import { test } from "node:test";
import { degreesOfFreedom, inflationOf } from "./few-clusters.ts";

test("Student's t at the tail of three standard errors, as SciPy has it", () => {
  // scipy.stats.t.ppf(norm.cdf(3), df): 3.956937 (df 10), 3.077549 (99).
  assert.ok(Math.abs(Math.sqrt(inflationOf(10)) * 3 - 3.956937) < 1e-5, `${Math.sqrt(inflationOf(10)) * 3}`);
  assert.ok(Math.abs(Math.sqrt(inflationOf(99)) * 3 - 3.077549) < 1e-5, `${Math.sqrt(inflationOf(99)) * 3}`);
  assert.equal(inflationOf(0.5), Number.POSITIVE_INFINITY);
});

test("scores of one size count all, and one that outdoes the others counts nearly alone", () => {
  const alike = Array.from({ length: 100 }, (_, index) => (index % 2 === 0 ? 1 : -1));
  assert.equal(degreesOfFreedom(alike), 99);
  assert.ok(degreesOfFreedom([...alike.slice(1), 100]) < 3);
  assert.equal(degreesOfFreedom([]), 0);
});
