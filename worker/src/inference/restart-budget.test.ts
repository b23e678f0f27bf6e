import assert from "node:assert/strict";
import { test } from "node:test";
import { RestartBudget } from "./restart-budget.ts";

const budget = () => new RestartBudget({ windowMs: 60_000, limit: 3, firstPauseMs: 100 });

test("pauses grow, and the third failure within a minute spends the budget", () => {
  const spent = budget();
  assert.deepEqual(
    [0, 30_000, 59_999].map((at) => spent.spend(at)),
    [100, 400, undefined],
  );
});

test("failures older than a minute are forgotten", () => {
  const spent = budget();
  assert.deepEqual(
    [0, 30_000, 60_000, 120_000].map((at) => spent.spend(at)),
    [100, 400, 400, 100],
  );
});
