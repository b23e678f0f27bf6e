import assert from "node:assert/strict";
import test from "node:test";
import { Lanes } from "./lanes.ts";

const never = new AbortController().signal;

test("so many run at once, in their order, and a failure frees its place", async () => {
  const lanes = new Lanes({ atOnce: 2, inAll: 10 });
  let running = 0;
  let most = 0;
  const begun: number[] = [];
  const task = (index: number) => async () => {
    begun.push(index);
    most = Math.max(most, ++running);
    await new Promise((resolve) => setImmediate(resolve));
    running--;
    if (index === 1) throw new Error("failed");
    return index;
  };
  const results = await Promise.allSettled(
    Array.from({ length: 6 }, (_, index) => lanes.run(task(index), never)),
  );
  assert.deepEqual(
    results.map(({ status }) => status),
    ["fulfilled", "rejected", ...Array<string>(4).fill("fulfilled")],
  );
  assert.deepEqual([most, begun], [2, [0, 1, 2, 3, 4, 5]]);
});

test("whoever comes after the last one, or after the signal, does not run", async () => {
  const lanes = new Lanes({ atOnce: 1, inAll: 2 });
  const controller = new AbortController();
  const first = lanes.run(async () => controller.abort(), controller.signal);
  const second = lanes.run(async () => "ran", controller.signal);
  const third = lanes.run(async () => "ran", never);
  assert.deepEqual(await Promise.all([first, second, third]), [undefined, undefined, undefined]);
});

test("of all that come within a turn those of the lowest rank begin first, and are not those that are too many", async () => {
  const lanes = new Lanes({ atOnce: 1, inAll: 3 });
  const run = (rank: number) => lanes.run(async () => rank, never, rank);
  assert.deepEqual(await Promise.all([3, 7, -1, 0].map(run)), [3, undefined, -1, 0]);
});
