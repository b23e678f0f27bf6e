import assert from "node:assert/strict";
import { test } from "node:test";
import { gateway, snapshot, worker } from "../../../../test/support/snapshots.ts";
import type { OpenSnapshot } from "../snapshot.ts";
import { countOf } from "./histogram.ts";
import { increase, NO_HISTORY, remember, sinceStart } from "./history.ts";

const NOON = Date.UTC(2026, 0, 1, 12);
const MINUTE_MS = 60_000;

function rememberAll(snapshots: readonly OpenSnapshot[]) {
  return snapshots.reduce(remember, NO_HISTORY);
}

test("an increase is what was counted within the span, however much there was before", () => {
  const history = rememberAll(
    [0, 30, 60, 90].map((second) =>
      snapshot(NOON + second * 1_000, [gateway({ fast: { answered: 500 + second, failed: 5 } })]),
    ),
  );
  const { variants, lengthMs } = increase(history, MINUTE_MS) ?? assert.fail("no increase");
  assert.equal(lengthMs, MINUTE_MS);
  assert.deepEqual(variants.fast?.requests, { 200: 60, 502: 0 });
  assert.equal(variants.fast?.exposures, 60);
  assert.equal(countOf(variants.fast?.wait), 60);
  assert.deepEqual(sinceStart(history).fast?.requests, { 200: 590, 502: 5 });
});

test("one snapshot is no increase, but says what was counted since the start", () => {
  const history = rememberAll([snapshot(NOON, [gateway({ fast: { answered: 7 } })])]);
  assert.equal(increase(history, MINUTE_MS), undefined);
  assert.equal(sinceStart(history).fast?.exposures, 7);
});

test("a worker that began anew loses nothing of what the page saw, also if it has caught up", () => {
  for (const caughtUp of [3, 200]) {
    const history = rememberAll([
      snapshot(NOON, [], [worker("fast", { positive: 100 })]),
      snapshot(NOON + 2_000, [], [worker("fast", { positive: 110 })]),
      snapshot(NOON + 4_000, [], [worker("fast", { positive: caughtUp }, 0.002, 2_000)]),
    ]);
    const { variants } = increase(history, MINUTE_MS) ?? assert.fail("no increase");
    assert.equal(variants.fast?.predictions?.["200"]?.positive, 10 + caughtUp);
    assert.equal(sinceStart(history).fast?.predictions?.["200"]?.positive, caughtUp);
  }
});

test("a process that does not answer for a while is caught up with when it does", () => {
  const silent = { variant: "fast", address: "fast:8101", problem: "It did not answer." };
  const history = rememberAll([
    snapshot(NOON, [], [worker("fast", { positive: 100 })]),
    snapshot(NOON + 2_000, [], [silent]),
    snapshot(NOON + 4_000, [], [worker("fast", { positive: 130 })]),
  ]);
  assert.equal(increase(history, MINUTE_MS)?.variants.fast?.predictions?.["200"]?.positive, 30);
});

test("a gateway that is found later brings no jump, and one that leaves takes nothing away", () => {
  const second = (answered: number) => gateway({ fast: { answered } }, "10.0.0.2:8081");
  const history = rememberAll([
    snapshot(NOON, [gateway({ fast: { answered: 10 } })]),
    snapshot(NOON + 2_000, [gateway({ fast: { answered: 12 } }), second(9_000)]),
    snapshot(NOON + 4_000, [gateway({ fast: { answered: 13 } }), second(9_005)]),
    snapshot(NOON + 6_000, [gateway({ fast: { answered: 14 } })]),
  ]);
  const { variants, activity } = increase(history, MINUTE_MS) ?? assert.fail("no increase");
  assert.equal(variants.fast?.exposures, 4 + 5);
  assert.equal(activity["gateway 127.0.0.1:8081"]?.amount, 4);
  assert.equal(sinceStart(history).fast?.exposures, 14);
});

test("a process that is not spoken of for a moment changes nothing but that moment", () => {
  const gone = { variant: "slow", address: "slow", problem: "Its name leads nowhere." };
  const at = (step: number, isGone: boolean) => {
    const count = 1_000 + 10 * step;
    return snapshot(
      NOON + step * 2_000,
      [gateway({ fast: { answered: count } })],
      [worker("fast", { positive: count }), isGone ? gone : worker("slow", { positive: count })],
    );
  };
  let history = NO_HISTORY;
  for (let step = 0; step < 100; step += 1) {
    history = remember(history, at(step, step === 50 || step === 51));
    const gained = increase(history, MINUTE_MS);
    if (gained === undefined) continue;
    const { variants, lengthMs } = gained;
    const expected = (10 * lengthMs) / 2_000;
    assert.equal(variants.fast?.requests?.["200"], expected, `requests at step ${step}`);
    assert.equal(variants.fast?.predictions?.["200"]?.positive, expected, `fast at step ${step}`);
    // What it counted meanwhile is counted when it is back.
    const slow = variants.slow?.predictions?.["200"]?.positive ?? 0;
    assert.ok(Math.abs(slow - expected) <= 20, `slow ${slow} at step ${step}`);
    assert.ok((gained.activity["worker slow slow:8101"]?.amount ?? 0) <= (expected + 20) * 0.002 + 1e-9);
  }
});

test("a gateway is another one where it calls itself something else, however much it has counted", () => {
  const called = (instance: string, answered: number) => ({
    ...gateway({ fast: { answered } }),
    instance,
  });
  const history = rememberAll([
    snapshot(NOON, [called("one", 100)]),
    snapshot(NOON + 2_000, [called("one", 110)]),
    snapshot(NOON + 4_000, [called("two", 500)]),
    snapshot(NOON + 6_000, [called("two", 520)]),
  ]);
  assert.equal(increase(history, MINUTE_MS)?.variants.fast?.exposures, 30);
  assert.equal(sinceStart(history).fast?.exposures, 520);
});

test("a restarted process that does not say so is noticed by a status that is gone", () => {
  const history = rememberAll([
    snapshot(NOON, [gateway({ fast: { answered: 100, failed: 5 } })]),
    snapshot(NOON + 2_000, [gateway({ fast: { answered: 150 } })]),
  ]);
  assert.equal(increase(history, MINUTE_MS)?.variants.fast?.requests?.["200"], 150);
});

test("a variant that a configuration leaves out for a while is not counted from 0 when it is back", () => {
  const called = (served: Parameters<typeof gateway>[0]) => ({ ...gateway(served), instance: "one" });
  const history = rememberAll([
    snapshot(NOON, [called({ fast: { answered: 100 }, slow: { answered: 900 } })]),
    snapshot(NOON + 2_000, [called({ fast: { answered: 110 } })]),
    snapshot(NOON + 4_000, [called({ fast: { answered: 120 }, slow: { answered: 905 } })]),
  ]);
  const { variants } = increase(history, MINUTE_MS) ?? assert.fail("no increase");
  assert.deepEqual([variants.fast?.exposures, variants.slow?.exposures], [20, 5]);
});

test("processes that are spoken of no more are forgotten", () => {
  let history = NO_HISTORY;
  for (let index = 0; index < 1_000; index += 1)
    history = remember(
      history,
      snapshot(NOON + index * 10_000, [gateway({ fast: { answered: 5 } }, `10.0.0.1:${index}`)]),
    );
  assert.ok(Object.keys(history.processes).length <= 93, `${Object.keys(history.processes).length}`);
  const { activity } = history.entries.at(-1)?.gained ?? assert.fail("no entry");
  assert.ok(Object.keys(activity).length <= 93);
});

test("a pause is not taken for part of a shorter span", () => {
  const history = rememberAll([
    snapshot(NOON, [gateway({ fast: { answered: 10 } })]),
    snapshot(NOON + 10 * MINUTE_MS, [gateway({ fast: { answered: 900 } })]),
  ]);
  assert.equal(increase(history, MINUTE_MS), undefined);
  assert.equal(increase(history, 15 * MINUTE_MS)?.variants.fast?.exposures, 890);
});

test("another phase begins anew, as does a clock that was put back; the same snapshot again changes nothing", () => {
  const first = snapshot(NOON, [gateway({ fast: { answered: 10 } })]);
  const history = rememberAll([first, snapshot(NOON + 2_000, [gateway({ fast: { answered: 20 } })])]);
  assert.equal(remember(history, snapshot(NOON + 2_000, [gateway({ fast: { answered: 20 } })])), history);
  for (const next of [
    snapshot(NOON + 4_000, [gateway({ fast: { answered: 30 } })], [], 2),
    snapshot(NOON - MINUTE_MS, [gateway({ fast: { answered: 30 } })]),
  ])
    assert.equal(remember(history, next).entries.length, 1);
});

test("what is older than the longest span is forgotten, however long the page is open", () => {
  let history = NO_HISTORY;
  for (let index = 0; index < 2_000; index += 1)
    history = remember(history, snapshot(NOON + index * 2_000, [gateway({ fast: { answered: index } })]));
  assert.ok(history.entries.length <= 460, `${history.entries.length} entries`);
  assert.equal(increase(history, 15 * MINUTE_MS)?.variants.fast?.exposures, 450);
});
