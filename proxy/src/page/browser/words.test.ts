import assert from "node:assert/strict";
import { test } from "node:test";
import { gateway, type Served, snapshot, worker } from "../../../../test/support/snapshots.ts";
import { compare } from "./comparison.ts";
import { increase, NO_HISTORY, remember, sinceStart } from "./history.ts";
import { describe } from "./words.ts";

const GAP = "\u00a0";

function say(
  seconds: readonly [fast: number, slow: number],
  served: Readonly<Record<string, Served>> = { fast: { answered: 200 }, slow: { answered: 200 } },
  texts = 200,
): string[] {
  const labels = { negative: texts / 2, positive: texts / 2 };
  const given = snapshot(
    0,
    [gateway(served)],
    [worker("fast", labels, seconds[0]), worker("slow", labels, seconds[1])],
  );
  const figures = compare(given, sinceStart(remember(NO_HISTORY, given)));
  return describe(figures, given.workers).map(({ said }) => said);
}

test("the treatment is said to be slower or faster than the control, from the means", () => {
  assert.equal(say([0.002, 0.0023])[0], `slow is 15${GAP}% slower`);
  assert.equal(say([0.002, 0.001])[0], `slow is 50${GAP}% faster`);
  assert.equal(say([0.002, 0.002_01])[0], "slow is as fast as fast");
});

test("too little traffic is said, not guessed at", () => {
  assert.equal(say([0.002, 0.0023], undefined, 98)[0], "slow beside fast: too little traffic to say");
});

test("errors are said of whoever has more of them", () => {
  assert.equal(say([1, 1])[1], "No errors");
  assert.equal(
    say([1, 1], { fast: { answered: 99, failed: 1 }, slow: { answered: 95, failed: 5 } })[1],
    `slow fails 5.00${GAP}% of its requests`,
  );
  assert.equal(
    say([1, 1], { fast: { answered: 95, failed: 5 }, slow: { answered: 95, failed: 5 } })[1],
    `5.00${GAP}% of the requests fail`,
  );
  assert.equal(say([1, 1], { fast: { answered: 0 }, slow: { answered: 0 } })[1], "No requests");
});

test("a model that drifts and a worker that does not answer are said too", () => {
  const silent = { variant: "slow", address: "10.0.0.7:8102", problem: "It did not answer." };
  const [before, now] = [
    { negative: 400, positive: 400 },
    { negative: 400, positive: 900 },
  ].map((labels, index) => snapshot(index * 2_000, [gateway({})], [worker("fast", labels), silent]));
  assert.ok(before !== undefined && now !== undefined);
  const history = remember(remember(NO_HISTORY, before), now);
  const inMinute = compare(now, increase(history, 60_000)?.variants ?? {}, sinceStart(history));
  assert.deepEqual(
    describe(inMinute, now.workers).map((one) => one.said),
    ["slow does not answer", "slow beside fast: too little traffic to say", "No requests", "fast drifts"],
  );
});
