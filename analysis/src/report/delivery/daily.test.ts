import assert from "node:assert/strict";
import { test } from "node:test";
import { nextTime, sendDaily } from "./daily.ts";

const SIX = 6 * 3_600_000;
const START = Date.parse("2027-01-31T12:00Z");

/** What is sent when, with a clock that only waiting moves; ends after so many tries. */
async function run(isNow: boolean, outcomes: readonly boolean[]): Promise<readonly string[]> {
  const ended = new AbortController();
  const sent: string[] = [];
  let clock = START;
  await sendDaily(
    { timeOfDayMs: SIX, isNow },
    {
      now: () => clock,
      signal: ended.signal,
      async until(at) {
        if (sent.length === outcomes.length) ended.abort();
        clock = at;
      },
      async send() {
        sent.push(new Date(clock).toISOString().slice(5, 16));
        return outcomes[sent.length - 1] ?? false;
      },
    },
  );
  return sent;
}

test("the next time is today's where that is to come, else tomorrow's", () => {
  assert.equal(nextTime(SIX, Date.parse("2027-01-31T05:59:59Z")), Date.parse("2027-01-31T06:00Z"));
  assert.equal(nextTime(SIX, Date.parse("2027-01-31T06:00Z")), Date.parse("2027-02-01T06:00Z"));
});

test("it is sent every day at that time, also at the start where that is asked for", async () => {
  const days = ["02-01T06:00", "02-02T06:00", "02-03T06:00"];
  assert.deepEqual(await run(false, [true, true, true]), days);
  assert.deepEqual(await run(true, [true, true, true, true]), ["01-31T12:00", ...days]);
});

test("what was not sent is tried again every ten minutes, five times, and then on the next day", async () => {
  const tries = ["02-01T06:00", "02-01T06:10", "02-01T06:20", "02-01T06:30", "02-01T06:40", "02-01T06:50"];
  assert.deepEqual(await run(false, [...tries.map(() => false), false, true, true]), [
    ...tries,
    "02-02T06:00",
    "02-02T06:10",
    "02-03T06:00",
  ]);
});

test("the signal ends a wait at once", async () => {
  const ended = new AbortController();
  const done = sendDaily(
    { timeOfDayMs: SIX, isNow: false },
    { now: () => START, signal: ended.signal, send: () => assert.fail("nothing is due") },
  );
  ended.abort();
  await done;
});
