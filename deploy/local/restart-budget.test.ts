import assert from "node:assert/strict";
import { test } from "node:test";
import { RESTART_BUDGET, recordDeath } from "./restart-budget.ts";

test("the pause before a restart grows and the third death in a minute ends the budget", () => {
  const first = recordDeath(RESTART_BUDGET, [], 1_000);
  const second = recordDeath(RESTART_BUDGET, first.deaths, 20_000);
  const third = recordDeath(RESTART_BUDGET, second.deaths, 60_999);
  assert.deepEqual([first.pauseMs, second.pauseMs, third.pauseMs], [500, 2_000, undefined]);
  assert.deepEqual(third.deaths, [1_000, 20_000, 60_999]);
});

test("a death a full minute ago is forgotten", () => {
  const first = recordDeath(RESTART_BUDGET, [], 0);
  const second = recordDeath(RESTART_BUDGET, first.deaths, 30_000);
  const third = recordDeath(RESTART_BUDGET, second.deaths, 60_000);
  assert.deepEqual(third, { deaths: [30_000, 60_000], pauseMs: 2_000 });
  const muchLater = recordDeath(RESTART_BUDGET, third.deaths, 10_000_000);
  assert.deepEqual(muchLater, { deaths: [10_000_000], pauseMs: 500 });
});
