import assert from "node:assert/strict";
import { test } from "node:test";
import { type Column, chanceMargin, compareMeans } from "./comparison.ts";

const column = (name: string, mean: number | null): Column => ({
  name,
  weight: 50,
  gateway: null,
  figures: {
    requests: 1,
    errors: 0,
    labels: new Map(),
    mean,
    p50: null,
    p99: null,
    highestBound: null,
    memoryBytes: null,
  },
});

test("every variant is compared with the fastest, whatever the order in the file", () => {
  assert.deepEqual(compareMeans([column("a", 0.03), column("b", 0.01), column("c", 0.015)]), {
    fastest: "b",
    mean: 0.01,
    others: [
      { name: "c", mean: 0.015, by: 0.5 },
      { name: "a", mean: 0.03, by: 2 },
    ],
  });
});

test("there is nothing to compare with one variant measured", () => {
  assert.equal(compareMeans([column("a", 0.03)]), null);
  assert.equal(compareMeans([column("a", 0.03), column("b", null)]), null);
  assert.equal(compareMeans([column("a", 0.03), { ...column("b", 1), figures: null }]), null);
});

test("chance is a matter of users: 300 of them at 50 % give 5.7 points", () => {
  assert.equal((chanceMargin(50, 300) * 100).toFixed(1), "5.7");
  assert.equal(chanceMargin(0, 300), 0);
  assert.equal(chanceMargin(100, 300), 0);
});
