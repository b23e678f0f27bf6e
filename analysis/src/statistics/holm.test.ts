import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { holm } from "./holm.ts";

const seed = 20_260_101;
const pValues = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 });

test("corrected p-values are no smaller, at most 1, and in the same order", () => {
  fc.assert(
    fc.property(pValues, (given) => {
      const adjusted = holm(given);
      assert.equal(adjusted.length, given.length);
      for (const [i, p] of given.entries()) {
        const own = adjusted[i] ?? Number.NaN;
        assert.ok(own >= p && own <= 1);
        for (const [j, other] of given.entries())
          if (p < other) assert.ok(own <= (adjusted[j] ?? Number.NaN));
      }
    }),
    { seed },
  );
});

test("it is never stricter than Bonferroni, and the smallest is corrected as by it", () => {
  fc.assert(
    fc.property(pValues, (given) => {
      const adjusted = holm(given);
      for (const [i, p] of given.entries())
        assert.ok((adjusted[i] ?? Number.NaN) <= Math.min(1, p * given.length));
      if (given.length > 0)
        assert.equal(Math.min(...adjusted), Math.min(1, Math.min(...given) * given.length));
    }),
    { seed },
  );
});

test("one p-value stands as it is, none is none", () => {
  assert.deepEqual(holm([0.04]), [0.04]);
  assert.deepEqual(holm([]), []);
});
