import assert from "node:assert/strict";
import { test } from "node:test";
import { gateway, snapshot, worker } from "../../../../test/support/snapshots.ts";
import { compare, slowerRatio, type VariantFigures } from "./comparison.ts";
import { NO_HISTORY, remember, sinceStart } from "./history.ts";

function compareStart(...[at, ...rest]: Parameters<typeof snapshot>): VariantFigures[] {
  const given = snapshot(at, ...rest);
  return compare(given, sinceStart(remember(NO_HISTORY, given)));
}

test("shares are of all variants, errors of a variant's own requests", () => {
  const [fast, slow] = compareStart(0, [
    gateway({
      fast: { answered: 60, exposures: 60, expected: 50 },
      slow: { answered: 36, failed: 4, exposures: 40, expected: 50 },
    }),
  ]);
  assert.equal(fast?.exposureShare, 0.6);
  assert.equal(fast?.expectedShare, 0.5);
  assert.equal(fast?.serverErrorShare, 0);
  assert.equal(slow?.serverErrorShare, 0.1);
  assert.equal(slow?.requests, 40);
  assert.equal(slow?.wait.count, 36);
});

test("two gateways and two workers of a variant are one", () => {
  const [fast] = compareStart(
    0,
    [gateway({ fast: { answered: 5 } }), gateway({ fast: { answered: 7 } }, "10.0.0.2:8081")],
    [
      worker("fast", { positive: 10 }, 0.001),
      { ...worker("fast", { negative: 30 }, 0.003), address: "b:8101" },
    ],
  );
  assert.equal(fast?.requests, 12);
  assert.equal(fast?.inference.count, 40);
  assert.ok(Math.abs((fast?.inference.mean ?? 0) - 0.0025) < 1e-12);
  assert.deepEqual(
    fast?.labels.map(({ label, share, baseline }) => [label, share, baseline]),
    [
      ["negative", 0.75, 0.5],
      ["positive", 0.25, 0.5],
    ],
  );
});

test("without traffic shares are absent, never 0 or NaN", () => {
  for (const figures of compareStart(0, [], [])) {
    const { exposureShare, expectedShare, serverErrorShare, fromReference, recently, wait } = figures;
    assert.deepEqual(
      [exposureShare, expectedShare, serverErrorShare, fromReference, recently.fromPast],
      Array(5).fill(undefined),
    );
    assert.deepEqual(wait, { count: 0, mean: undefined, p50: undefined, p99: undefined });
  }
});

test("failed predictions are no labels", () => {
  const broken = worker("fast", { positive: 3 });
  const predictions = { 200: { positive: 3, none: 2 }, 500: { none: 9 } };
  const numbers = broken.numbers === undefined ? undefined : { ...broken.numbers, predictions };
  const [fast] = compareStart(0, [], [{ ...broken, numbers }]);
  assert.deepEqual(
    fast?.labels.map(({ label, count }) => [label, count]),
    [
      ["negative", 0],
      ["positive", 3],
    ],
  );
});

test("slower by 15 per cent is 0.15", () => {
  const of = (mean: number | undefined) => ({ count: 1, mean, p50: mean, p99: mean });
  assert.ok(Math.abs((slowerRatio(of(0.2), of(0.23)) ?? 0) - 0.15) < 1e-9);
  assert.equal(slowerRatio(of(undefined), of(0.23)), undefined);
  assert.equal(slowerRatio(of(0), of(0.23)), undefined);
});
