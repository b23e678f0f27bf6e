import assert from "node:assert/strict";
import { test } from "node:test";
import { wilsonInterval } from "./interval.ts";

// Reference: Wilson (1927) in Python; 81 of 263 is Newcombe's (1998) published example, 0.2553 to 0.3662.
const CASES: [number, number, number, number][] = [
  [150, 200, 0.6856590168795417, 0.8049183199318249],
  [81, 263, 0.2552885198782742, 0.36620957698280004],
  [0, 10, 0, 0.2775327998628892],
  [10, 10, 0.7224672001371107, 1],
];

test("the interval equals the published one, and stays open at 0 % and 100 %", () => {
  for (const [successes, trials, low, high] of CASES) {
    const interval = wilsonInterval(successes, trials);
    assert.ok(interval !== null);
    assert.ok(
      Math.abs(interval[0] - low) < 1e-12 && Math.abs(interval[1] - high) < 1e-12,
      `${successes}/${trials}`,
    );
  }
});

test("no trial, no interval", () => {
  assert.equal(wilsonInterval(0, 0), null);
});
