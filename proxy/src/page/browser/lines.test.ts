import assert from "node:assert/strict";
import { test } from "node:test";
import { gateway, snapshot } from "../../../../test/support/snapshots.ts";
import { NO_HISTORY, remember } from "./history.ts";
import { drawLines } from "./lines.ts";
import { findSpan } from "./spans.ts";

const NOON = Date.UTC(2026, 0, 1, 12);

/** As many snapshots two seconds apart, with ten answers between them; none from the fifth to the eighth. */
function watch(count: number) {
  let [history, answered] = [NO_HISTORY, 0];
  for (let index = 0; index < count; index += 1) {
    if (index < 5 || index > 8) answered += 10;
    history = remember(
      history,
      snapshot(NOON + index * 2_000, [gateway({ fast: { answered }, slow: { answered: 0 } })]),
    );
  }
  return history;
}

test("there is a line for each variant and quantile, with a point for each moment", () => {
  const { times, lines } = drawLines(watch(30), findSpan("1m"), ["fast", "slow"], "wait");
  assert.equal(times.length, 30);
  assert.deepEqual(
    lines.map(({ variant, quantile }) => `${variant} ${quantile}`),
    ["fast 0.5", "fast 0.99", "slow 0.5", "slow 0.99"],
  );
  assert.ok(lines.every(({ values }) => values.length === times.length));
  assert.ok((lines[0]?.values.at(-1) ?? 0) > 0.002);
});

test("a moment with nothing in its stretch is a gap, and so is the first", () => {
  const [fast, , slow] = drawLines(watch(30), findSpan("1m"), ["fast", "slow"], "wait").lines;
  assert.equal(fast?.values[0], null);
  assert.ok(slow?.values.every((value) => value === null));
});

test("a long past is drawn with few points, the newest among them", () => {
  const history = watch(450);
  const { times } = drawLines(history, findSpan("15m"), ["fast"], "wait");
  assert.ok(times.length <= 150, `${times.length} points`);
  assert.equal(times.at(-1), (history.entries.at(-1)?.at ?? 0) / 1_000);
});
