import assert from "node:assert/strict";
import { test } from "node:test";
import { gateway, snapshot, worker } from "../../../../test/support/snapshots.ts";
import type { MaskedSnapshot } from "../snapshot.ts";
import { findSpan } from "./spans.ts";
import { beginState, figuresOf, hear, seenMs, statementsOf } from "./state.ts";

const NOON = Date.UTC(2026, 0, 1, 12);
const MASKED: MaskedSnapshot = {
  masked: true,
  at: NOON,
  nextAt: NOON + 1,
  experiment: { name: "test", phase: 1 },
  requests: 10,
  isAvailable: true,
  variants: [],
  reloads: [],
};

function at(second: number, answered: number) {
  return snapshot(
    NOON + second * 1_000,
    [gateway({ fast: { answered }, slow: { answered } })],
    [worker("fast", { positive: answered }), worker("slow", { positive: answered }, 0.004)],
  );
}

test("figures are of the chosen span, or of all since the start", () => {
  let state = [at(0, 1_000), at(60, 1_300)].reduce((so, one) => hear(so, one, 0), beginState(findSpan("1m")));
  assert.equal(figuresOf(state)[0]?.requests, 300);
  assert.equal(seenMs(state), undefined);
  state = { ...state, span: findSpan("15m") };
  assert.equal(figuresOf(state)[0]?.requests, 300);
  assert.equal(seenMs(state), 60_000);
  state = { ...state, span: findSpan("no such span") };
  assert.equal(figuresOf(state)[0]?.requests, 1_300);
  assert.equal(seenMs(state), undefined);
});

test("what is said in large letters is announced", () => {
  const state = hear(beginState(findSpan("start")), at(0, 1_000), 5);
  assert.match(state.announcement.text, /^slow is 100.% slower\. No errors\./);
  assert.equal(statementsOf(state).length, 2);
});

test("before anything is known of the span that is said, and nothing is announced", () => {
  const silent = { variant: "slow", address: "slow:8102", problem: "It did not answer." };
  const first = { ...at(0, 1_000), workers: [worker("fast", { positive: 1_000 }), silent] };
  let state = hear(beginState(findSpan("1m")), first, 5);
  assert.deepEqual(
    statementsOf(state).map(({ said }) => said),
    ["slow does not answer", "Figures begin with the next numbers"],
  );
  assert.equal(state.announcement.text, "");
  state = hear(state, at(2, 1_000), 7);
  assert.match(state.announcement.text, /No requests/);
  // A tab that was hidden for long has no beginning of the span either.
  const later = hear(state, at(900, 9_000), 905_000);
  assert.equal(later.announcement, state.announcement);
});

test("a model that drifts is said whatever the span, also since the start", () => {
  const drifting = (second: number, positive: number) => ({
    ...at(second, 1_000),
    workers: [worker("fast", { negative: 400, positive })],
  });
  for (const key of ["start", "1m", "15m"]) {
    const state = [drifting(0, 400), drifting(60, 900)].reduce(
      (so, one) => hear(so, one, 0),
      beginState(findSpan(key)),
    );
    assert.ok(
      statementsOf(state).some(({ said }) => said === "fast drifts"),
      key,
    );
  }
});

test("a masked snapshot leaves nothing of an open one", () => {
  const open = hear(beginState(findSpan("start")), at(0, 1_000), 5);
  const masked = hear({ ...open, wished: { slow: 60 } }, MASKED, 6);
  const { history, wished, announcement } = masked;
  assert.deepEqual([history.entries, history.processes, wished, announcement.text], [[], {}, {}, ""]);
  assert.deepEqual(figuresOf(masked), []);
  assert.deepEqual(statementsOf(masked), []);
});
