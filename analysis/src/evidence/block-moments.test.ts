import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { BlockMoments } from "./block-moments.ts";

const WIDTH = 3;
const count = fc.integer({ min: 0, max: 50 });
const vector = fc.array(count, { minLength: WIDTH, maxLength: WIDTH });
const gradient = fc
  .array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: WIDTH, maxLength: WIDTH })
  .map((numbers) => Float64Array.from(numbers));

function fill(blocks: readonly (readonly [readonly number[], readonly number[]])[]): BlockMoments {
  const moments = new BlockMoments(2, 0, WIDTH);
  for (const [index, pair] of blocks.entries()) {
    for (const [variant, features] of pair.entries())
      for (const [feature, added] of features.entries()) moments.add(variant, feature, added);
    if (index < blocks.length - 1) moments.close();
  }
  return moments;
}

const dot = (left: ArrayLike<number>, right: readonly number[]) =>
  right.reduce((sum, value, index) => sum + value * (left[index] ?? 0), 0);

test("the sums give what going through every block gives, the running one included", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(vector, vector), { minLength: 1, maxLength: 8 }),
      gradient,
      gradient,
      (blocks, forTreatment, forControl) => {
        const moments = fill(blocks);
        const expected = blocks.reduce(
          (sum, [control, treatment]) => sum + (dot(forTreatment, treatment) - dot(forControl, control)) ** 2,
          0,
        );
        const found = moments.squares(1, forTreatment, forControl);
        assert.ok(Math.abs(found - expected) <= 1e-9 * (1 + expected), `${found}, not ${expected}`);
        const own = blocks.reduce((sum, [, treatment]) => sum + dot(forTreatment, treatment) ** 2, 0);
        assert.ok(Math.abs(moments.ownSquares(1, forTreatment) - own) <= 1e-9 * (1 + own));
        const paired = blocks.filter((pair) =>
          pair.every(([exposures, decisions]) => exposures !== 0 || decisions !== 0),
        );
        assert.equal(moments.paired(1), paired.length);
      },
    ),
  );
});

test("block sums of another plan are refused", () => {
  const state = fill([
    [
      [1, 2, 3],
      [4, 5, 6],
    ],
  ]).toJSON();
  assert.throws(() => new BlockMoments(2, 0, WIDTH + 1).restore(state), RangeError);
});
