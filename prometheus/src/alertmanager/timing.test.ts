import assert from "node:assert/strict";
import { test } from "node:test";
import { createPace } from "./timing.ts";

test("real life is written as it is meant", () => {
  const pace = createPace(1);
  assert.equal(pace("30s"), "30s");
  assert.equal(pace("4h"), "4h");
});

test("a thirtieth makes ten seconds of five minutes", () => {
  const pace = createPace(1 / 30);
  assert.equal(pace("5m"), "10000ms");
  assert.equal(pace("10s"), "333ms");
  assert.equal(pace("0s"), "0s");
});

test("no wait becomes shorter than a tenth of a second", () => {
  assert.equal(createPace(1 / 10_000)("10s"), "100ms");
});

for (const scale of [0, -1, 1.5, Number.NaN])
  test(`${scale} is no scale`, () => {
    assert.throws(() => createPace(scale), /is no time scale; give a number above 0 and at most 1/);
  });
