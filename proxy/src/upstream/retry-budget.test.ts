import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { RetryBudget } from "./retry-budget.ts";

function budget(share: number) {
  const [retried, overBudget] = [{ value: 0 }, { value: 0 }];
  return { budget: new RetryBudget(share, retried, overBudget), retried, overBudget };
}

test("the first failures may retry, before there was any traffic", () => {
  const { budget: fresh, retried, overBudget } = budget(0.2);
  while (fresh.take());
  assert.ok(retried.value >= 3 && retried.value <= 10, String(retried.value));
  assert.equal(overBudget.value, 1);
});

test("a budget of 0 never retries", () => {
  const { budget: none, retried, overBudget } = budget(0);
  for (let request = 0; request < 1000; request++) none.arrived();
  assert.equal(none.take(), false);
  assert.deepEqual([retried.value, overBudget.value], [0, 1]);
});

test("whatever happens, retries are at most the share of the requests and what the start allows", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.01, max: 1, noNaN: true }),
      fc.array(fc.boolean(), { maxLength: 2000 }),
      (share, steps) => {
        const { budget: one, retried } = budget(share);
        let arrived = 0;
        for (const isRequest of steps) {
          if (isRequest) {
            one.arrived();
            arrived++;
          } else one.take();
        }
        assert.ok(retried.value <= share * arrived + 10 + 1e-6);
      },
    ),
  );
});

test("an hour without failures is no licence for a storm", () => {
  const { budget: rested, retried } = budget(0.2);
  for (let request = 0; request < 1_000_000; request++) rested.arrived();
  while (rested.take());
  assert.equal(retried.value, 100);
});
