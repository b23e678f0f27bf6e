import assert from "node:assert/strict";
import { test } from "node:test";
import { hasDrifted, isFar, measureDrift } from "./drift.ts";

test("the index of large samples is the one of the textbook", () => {
  const two = measureDrift({ a: 600_000, b: 400_000 }, { a: 0.5, b: 0.5 }, 1_000_000);
  assert.ok(Math.abs((two?.index ?? 0) - 0.040_546_5) < 1e-5, `${two?.index}`);
  const three = measureDrift({ a: 400_000, b: 250_000, c: 350_000 }, { a: 0.3, b: 0.2, c: 0.5 }, 1_000_000);
  assert.ok(Math.abs((three?.index ?? 0) - 0.093_426_6) < 1e-5, `${three?.index}`);
});

test("the critical value is that of a chi-squared distribution over both samples", () => {
  const drift = measureDrift({ a: 200, b: 200, c: 100 }, { a: 0.4, b: 0.4, c: 0.2 }, 500);
  assert.ok(Math.abs((drift?.critical ?? 0) - 0.0368) < 2e-4, `${drift?.critical}`);
});

test("a label that never came leaves the index finite", () => {
  const drift = measureDrift({ a: 500 }, { a: 0.5, b: 0.5 }, 500);
  assert.ok(drift !== undefined && Number.isFinite(drift.index) && isFar(drift));
});

test("few answers are no drift, however far they are", () => {
  const drift = measureDrift({ a: 199 }, { a: 0.5, b: 0.5 }, 500);
  assert.ok(drift !== undefined && drift.index > 1 && !isFar(drift));
});

test("without a baseline, or without answers, there is nothing to measure", () => {
  assert.equal(measureDrift({ a: 5 }, {}, 0), undefined);
  assert.equal(measureDrift({}, { a: 1 }, 500), undefined);
});

test("a model drifts where it is far from its reference and from its own past, never for one of the two", () => {
  const [far, near] = [
    { a: 0.9, b: 0.1 },
    { a: 0.5, b: 0.5 },
  ];
  const from = (shares: Readonly<Record<string, number>>, samples = 1_000) =>
    measureDrift({ a: 250, b: 250 }, shares, samples);
  assert.ok(hasDrifted(from(far), from(far)));
  for (const [reference, past] of [
    [from(far), from(near)],
    [from(near), from(far)],
    [from(far), from(far, 400)],
    [from(far), undefined],
    [undefined, from(far)],
  ])
    assert.ok(!hasDrifted(reference, past));
});
