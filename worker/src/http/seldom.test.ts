import assert from "node:assert/strict";
import { test } from "node:test";
import { createSeldom } from "./seldom.ts";

test("the first is said at once, the rest of its time is counted", () => {
  const said: number[] = [];
  const seldom = createSeldom(600_000);
  for (let time = 0; time < 5; time += 1) seldom((leftOut) => said.push(leftOut));
  assert.deepEqual(said, [0]);
});

test("what was left out is told the next time, once", (t) => {
  let nowMs = 1000;
  t.mock.method(performance, "now", () => nowMs);
  const said: number[] = [];
  const seldom = createSeldom(100);
  for (; nowMs < 1300; nowMs += 10) seldom((leftOut) => said.push(leftOut));
  assert.deepEqual(said, [0, 9, 9]);
});
