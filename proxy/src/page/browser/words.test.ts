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
  assert.equal(say([0.002, 0.001])[0], `slow takes 50${GAP}% less time`);
  assert.equal(say([0.002, 0.002_01])[0], "slow is as fast as fast");
});

test("too little traffic is said, not guessed at", () => {
  assert.equal(say([0.002, 0.0023], undefined, 98)[0], "slow beside fast: too little traffic to say");
});

test("one failed request of one is no share of all requests", () => {
  const served = { fast: { answered: 0, failed: 1 }, slow: { answered: 0 } };
  assert.equal(say([1, 1], served)[1], "1 of 1 requests of fast failed");
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
  const inMinute = compare(
    now,
    {},
    {
      recent: increase(history, 60_000)?.variants ?? {},
      ever: sinceStart(history),
    },
  );
  assert.deepEqual(
    describe(inMinute, now.workers).map((one) => one.said),
    ["slow does not answer", "slow beside fast: too little traffic to say", "No requests", "fast drifts"],
  );
});

test("of a service without figures of ours the callers' wait is said, and that it answers", () => {
  const problem = "Its /metrics has no sentiment_requests_total.";
  const foreign = { variant: "slow", address: "10.0.0.7:80", problem, hasAnswered: true };
  const given = snapshot(
    0,
    [gateway({ fast: { answered: 200, wait: 0.002 }, slow: { answered: 200, wait: 0.003 } })],
    [worker("fast", { negative: 100, positive: 100 }), foreign],
  );
  const figures = compare(given, sinceStart(remember(NO_HISTORY, given)));
  const statements = describe(figures, given.workers);
  assert.deepEqual(
    statements.map(({ said, tone }) => [said, tone]),
    [
      [`slow is 50${GAP}% slower for its callers`, "plain"],
      ["No errors", "plain"],
      ["slow tells nothing of itself", "plain"],
    ],
  );
  assert.equal(
    statements[0]?.because.replaceAll(GAP, " "),
    "callers' wait 3.00 ms against 2.00 ms in the mean, of 200 and 200 answers; slow does not tell the model's own time",
  );
  assert.equal(statements[2]?.because, `10.0.0.7:80: ${problem}`);
});

test("a worker that is silent beside one that answers does not change what is compared", () => {
  const labels = { negative: 100, positive: 100 };
  const silent = { variant: "slow", address: "10.0.0.7:8102", problem: "It did not answer." };
  const given = snapshot(0, [], [worker("fast", labels), worker("slow", labels, 0.003), silent]);
  const figures = compare(given, sinceStart(remember(NO_HISTORY, given)));
  assert.deepEqual(
    describe(figures, given.workers).map(({ said }) => said),
    ["1 of 2 workers of slow does not answer", `slow is 50${GAP}% slower`, "No requests"],
  );
});
