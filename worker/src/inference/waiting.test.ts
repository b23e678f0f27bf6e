import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type WaitingLimits, WaitingRoom } from "./waiting.ts";

interface Text {
  readonly cost: number;
  readonly request?: number;
}

const LIMITS: WaitingLimits = { maxTexts: 4, maxTokens: 100, limitSequences: 10, limitTokens: 1000 };
const room = (changes: Partial<WaitingLimits> = {}) => new WaitingRoom<Text>({ ...LIMITS, ...changes });
const tokens = (texts: readonly Text[]) => texts.reduce((sum, { cost }) => sum + cost, 0);
const sequences = (count: number, cost: number): Text[] => Array.from({ length: count }, () => ({ cost }));

test("a request is admitted whole or not at all, and never more waits than may", () => {
  const request = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(fc.array(fc.option(request), { maxLength: 30 }), (steps) => {
      const waiting = room();
      let depth = 0;
      let cost = 0;
      for (const costs of steps) {
        if (costs === null) {
          const taken = waiting.takeBatch();
          assert.equal(taken.length > 0, depth > 0);
          depth -= taken.length;
          cost -= tokens(taken);
        } else {
          const texts = costs.map((each) => ({ cost: each }));
          const fits =
            depth + texts.length <= LIMITS.limitSequences && cost + tokens(texts) <= LIMITS.limitTokens;
          assert.equal(waiting.admit(texts, tokens(texts)), fits);
          if (fits) [depth, cost] = [depth + texts.length, cost + tokens(texts)];
        }
        assert.deepEqual([waiting.depth, waiting.tokens], [depth, cost]);
      }
    }),
  );
});

test("both bounds are reached exactly, and not exceeded by one", () => {
  const bySequences = room();
  assert.equal(bySequences.admit(sequences(10, 1), 10), true);
  assert.equal(bySequences.admit(sequences(1, 1), 1), false);
  const byTokens = room();
  assert.equal(byTokens.admit(sequences(1, 999), 999), true);
  assert.equal(byTokens.admit(sequences(1, 2), 2), false);
  assert.equal(byTokens.admit(sequences(1, 1), 1), true);
});

test("a batch is full with the most texts, or when the tokens leave no room for one more of its length", () => {
  const waiting = room();
  assert.equal(waiting.hasFullBatch(), false);
  waiting.admit(sequences(3, 10), 30);
  assert.equal(waiting.hasFullBatch(), false);
  waiting.admit(sequences(1, 10), 10);
  assert.equal(waiting.hasFullBatch(), true);
  const long = room();
  long.admit(sequences(1, 50), 50);
  assert.equal(long.hasFullBatch(), false);
  long.admit(sequences(1, 50), 50);
  assert.equal(long.hasFullBatch(), true);
});

test("many texts that do not go together are no full batch", () => {
  const waiting = room();
  for (const cost of [5, 20, 45]) waiting.admit(sequences(1, cost), cost);
  assert.equal(waiting.hasFullBatch(), false);
  assert.deepEqual(waiting.takeBatch(), [{ cost: 5 }]);
});

test("whether a batch is full, batches are those that are taken", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 120 }), { minLength: 1, maxLength: 10 }), (costs) => {
      const waiting = room({ limitTokens: 10_000 });
      for (const cost of costs) waiting.admit([{ cost }], cost);
      while (waiting.depth > 0) {
        const claimed = waiting.hasFullBatch();
        const batch = waiting.takeBatch();
        const longest = Math.max(...batch.map(({ cost }) => cost));
        assert.equal(
          claimed,
          batch.length === LIMITS.maxTexts || longest * (batch.length + 1) > LIMITS.maxTokens,
        );
      }
    }),
  );
});

test("what is unwanted is removed wherever it waits, and its room is free", () => {
  const waiting = room();
  waiting.admit(
    [1, 2, 3].map((cost) => ({ cost, request: 1 })),
    6,
  );
  waiting.admit(
    [4, 5].map((cost) => ({ cost, request: 2 })),
    9,
  );
  assert.equal(
    waiting.some(({ request }) => request === 1),
    true,
  );
  assert.equal(
    waiting.remove(({ request }) => request === 1),
    3,
  );
  assert.equal(
    waiting.some(({ request }) => request === 1),
    false,
  );
  assert.deepEqual([waiting.depth, waiting.tokens], [2, 9]);
});
