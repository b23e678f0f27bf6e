import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { BUCKETS, createAssignment } from "./assignment.ts";
import { findMoves, type NamedWeight } from "./moves.ts";

const split = (weights: Readonly<Record<string, number>>): NamedWeight[] =>
  Object.entries(weights).map(([name, weight]) => ({ name, weight }));

test("50/50 to 60/40 moves the buckets 50 to 59 and nobody else", () => {
  assert.deepEqual(findMoves(split({ a: 50, b: 50 }), split({ a: 60, b: 40 })), [
    { from: "b", to: "a", firstBucket: 50, lastBucket: 59 },
  ]);
});

test("the same weights move nobody, nor does a variant that nobody had", () => {
  assert.deepEqual(findMoves(split({ a: 50, b: 50 }), split({ a: 50, b: 50 })), []);
  assert.deepEqual(findMoves(split({ a: 50, b: 50, c: 0 }), split({ c: 0, a: 50, b: 50 })), []);
});

test("every contiguous range is one move", () => {
  assert.deepEqual(findMoves(split({ a: 30, b: 30, c: 40 }), split({ a: 20, c: 20, b: 60 })), [
    { from: "a", to: "c", firstBucket: 20, lastBucket: 29 },
    { from: "b", to: "c", firstBucket: 30, lastBucket: 39 },
    { from: "c", to: "b", firstBucket: 60, lastBucket: 99 },
  ]);
  assert.deepEqual(findMoves(split({ a: 100 }), split({ b: 100 })), [
    { from: "a", to: "b", firstBucket: 0, lastBucket: 99 },
  ]);
});

/** Distinct names with weights that sum to 100. */
const weights = fc.uniqueArray(fc.constantFrom("a", "b", "c", "d", "e"), { minLength: 1 }).chain((names) =>
  fc
    .array(fc.nat(BUCKETS), { minLength: names.length - 1, maxLength: names.length - 1 })
    .map((cuts) => [0, ...cuts.sort((one, other) => one - other), BUCKETS])
    .map((cuts) =>
      names.map((name, index) => ({ name, weight: (cuts[index + 1] ?? 0) - (cuts[index] ?? 0) })),
    ),
);

/** Bucket and variant of an id, as a gateway with these weights assigns it. */
function assigner(
  list: readonly NamedWeight[],
): (id: string) => { bucket: number; name: string | undefined } {
  const { assign } = createAssignment({ salt: "", weights: list.map(({ weight }) => weight) });
  return (id) => ({ bucket: assign(id).bucket, name: list[assign(id).variant]?.name });
}

test("moves are what the assignment itself does to users", () => {
  fc.assert(
    fc.property(weights, weights, fc.array(fc.string(), { maxLength: 50 }), (before, after, ids) => {
      const moves = findMoves(before, after);
      const [old, next] = [assigner(before), assigner(after)];
      for (const id of ids) {
        const { bucket, name: from } = old(id);
        const to = next(id).name;
        const move = moves.find(
          ({ firstBucket, lastBucket }) => firstBucket <= bucket && bucket <= lastBucket,
        );
        assert.deepEqual(move && [move.from, move.to], from === to ? undefined : [from, to]);
      }
    }),
  );
});
