import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Pace } from "./pace.ts";

test("while nothing is known no time is claimed, and a retry is due in a second", () => {
  const pace = new Pace();
  assert.deepEqual([pace.secondsFor(10_000), pace.retryAfterSeconds(10_000)], [0, 1]);
});

test("the first run sets the pace, later ones move it by a tenth", () => {
  const pace = new Pace();
  pace.observe(100, 1);
  assert.equal(pace.secondsFor(1000), 10);
  pace.observe(100, 2);
  assert.ok(Math.abs(pace.secondsFor(1000) - 11) < 1e-9);
});

test("the pace follows runs that have become slower, and one outlier moves it little", () => {
  const pace = new Pace();
  pace.observe(100, 1);
  for (let run = 0; run < 60; run += 1) pace.observe(100, 4);
  assert.ok(Math.abs(pace.secondsFor(100) - 4) < 0.02);
  pace.observe(100, 40);
  assert.ok(pace.secondsFor(100) < 8);
});

test("a retry is due in whole seconds, at least one and at most ten minutes", () => {
  const seconds = fc.double({ min: 0, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(fc.nat(10_000), seconds, fc.nat(1_000_000), (tokens, took, waiting) => {
      const pace = new Pace();
      pace.observe(tokens, took);
      const after = pace.retryAfterSeconds(waiting);
      assert.ok(Number.isInteger(after) && after >= 1 && after <= 600, String(after));
    }),
  );
});

test("a retry is due when what waits is gone", () => {
  const pace = new Pace();
  pace.observe(1000, 2);
  assert.deepEqual(
    [100, 1000, 5000, 10_000_000].map((waiting) => pace.retryAfterSeconds(waiting)),
    [1, 2, 10, 600],
  );
});
