import assert from "node:assert/strict";
import { test } from "node:test";
import { recordDeath, restartBudget } from "./restart-budget.ts";

test("the pause before a restart grows and the third death in a minute ends the budget", () => {
  const first = recordDeath(restartBudget, [], 1_000);
  const second = recordDeath(restartBudget, first.deaths, 20_000);
  const third = recordDeath(restartBudget, second.deaths, 60_999);
  assert.deepEqual([first.pauseMs, second.pauseMs, third.pauseMs], [500, 2_000, undefined]);
  assert.deepEqual(third.deaths, [1_000, 20_000, 60_999]);
});

test("a death a full minute ago is forgotten", () => {
  const first = recordDeath(restartBudget, [], 0);
  const second = recordDeath(restartBudget, first.deaths, 30_000);
  const third = recordDeath(restartBudget, second.deaths, 60_000);
  assert.deepEqual(third, { deaths: [30_000, 60_000], pauseMs: 2_000 });
  const muchLater = recordDeath(restartBudget, third.deaths, 10_000_000);
  assert.deepEqual(muchLater, { deaths: [10_000_000], pauseMs: 500 });
});
