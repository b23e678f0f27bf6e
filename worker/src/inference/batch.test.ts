import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type BatchLimits, isFull, PADDING_LIMIT, packBatch } from "./batch.ts";

const lengths = fc.array(fc.integer({ min: 1, max: 512 }), { minLength: 1, maxLength: 64 });
const limits = fc.record({
  maxTexts: fc.integer({ min: 1, max: 32 }),
  maxTokens: fc.integer({ min: 1, max: 4096 }),
});

function measure(waiting: readonly number[], places: readonly number[]) {
  const chosen = places.map((place) => waiting[place] ?? Number.NaN);
  const padded = Math.max(...chosen) * chosen.length;
  return { chosen, padded, padding: padded - chosen.reduce((sum, length) => sum + length, 0) };
}

test("a batch begins with the text that is due first and keeps every limit, whatever waits", () => {
  fc.assert(
    fc.property(lengths, limits, (waiting, given) => {
      const places = packBatch(waiting, given);
      const { padded, padding } = measure(waiting, places);
      assert.equal(places[0], 0);
      assert.equal(new Set(places).size, places.length);
      assert.ok(places.every((place) => place < waiting.length));
      assert.ok(places.length <= given.maxTexts);
      assert.ok(padding <= padded * PADDING_LIMIT, `${padding} of ${padded} tokens are padding`);
      // A text that is longer than a batch may be runs alone: it must run somewhere.
      assert.ok(places.length === 1 || padded <= given.maxTokens, `${padded} tokens`);
    }),
  );
});

test("what is left behind would not have fitted at its turn, or is no nearer in length than what was taken", () => {
  fc.assert(
    fc.property(lengths, limits, (waiting, given) => {
      const places = packBatch(waiting, given);
      const first = waiting[0] ?? 0;
      const distance = (place: number) => Math.abs((waiting[place] ?? 0) - first);
      if (places.length === given.maxTexts) {
        const farthest = Math.max(...places.map(distance));
        for (const [place, length] of waiting.entries()) {
          if (places.includes(place) || distance(place) >= farthest) continue;
          const nearer = places.filter((taken) => distance(taken) <= distance(place));
          const { padded, padding } = measure(waiting, [...nearer, place]);
          assert.ok(
            padded > given.maxTokens || padding > padded * PADDING_LIMIT,
            `a text of ${length} was passed over`,
          );
        }
        return;
      }
      for (const place of waiting.keys()) {
        // Equals of the first one fit as long as there is room.
        if (places.includes(place) || distance(place) > 0) continue;
        assert.ok(measure(waiting, [...places, place]).padded > given.maxTokens);
      }
    }),
  );
});

test("the nearest lengths are taken, the earlier among equals, in the order of nearness", () => {
  const many: BatchLimits = { maxTexts: 3, maxTokens: 1000 };
  assert.deepEqual(packBatch([30, 90, 31, 29, 30, 33], many), [0, 4, 2]);
  assert.deepEqual(packBatch([30, 31, 29, 31], many), [0, 1, 2]);
});

test("texts of very different lengths do not run together, though there is room", () => {
  assert.deepEqual(packBatch([10, 100, 100], { maxTexts: 8, maxTokens: 1000 }), [0]);
  assert.deepEqual(packBatch([100, 10, 100, 95], { maxTexts: 8, maxTokens: 1000 }), [0, 2, 3]);
});

test("at most one text a batch, every text runs alone; of nothing there is no batch", () => {
  assert.deepEqual(packBatch([5, 5, 5], { maxTexts: 1, maxTokens: 1000 }), [0]);
  assert.deepEqual(packBatch([], { maxTexts: 8, maxTokens: 1000 }), []);
});

test("a batch is full when no text of its length would fit any more", () => {
  fc.assert(
    fc.property(
      limits,
      fc.integer({ min: 1, max: 512 }),
      fc.integer({ min: 1, max: 64 }),
      (given, length, count) => {
        const chosen = packBatch(new Array(count).fill(length), given).length;
        const more = packBatch(new Array(count + 1).fill(length), given).length;
        assert.equal(isFull(chosen, length, given), chosen === more);
      },
    ),
  );
});
