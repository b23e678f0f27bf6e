import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { askWhatIf, describeWhatIf } from "./what-if.ts";

const TWO = [
  { name: "fast", role: "control", weight: 50 },
  { name: "slow", role: "treatment", weight: 50 },
];
const THREE = [
  { name: "fast", role: "control", weight: 60 },
  { name: "slow", role: "treatment", weight: 30 },
  { name: "new", role: "treatment", weight: 10 },
];

test("ten per cent more for the treatment move exactly ten buckets, and are said", () => {
  const answer = askWhatIf(TWO, { slow: 60 });
  assert.deepEqual(answer.weights, [
    { name: "fast", weight: 40 },
    { name: "slow", weight: 60 },
  ]);
  assert.deepEqual([...answer.movedBuckets], [40, 41, 42, 43, 44, 45, 46, 47, 48, 49]);
  assert.equal(
    describeWhatIf(answer),
    "fast 40 % and slow 60 %: 10 of 100 buckets would move, so about 10 % of the users. Buckets 40 to 49 from fast to slow. All others stay.",
  );
  assert.match(describeWhatIf(askWhatIf(TWO, { slow: 51 })), /Bucket 49 from fast to slow/);
});

test("the running weights move nobody", () => {
  assert.equal(describeWhatIf(askWhatIf(TWO, {})), "fast 50 % and slow 50 %: as it is now, nobody moves.");
});

test("of three, the one moved last is given what it asks for", () => {
  const weights = askWhatIf(THREE, { slow: 80, new: 40 }).weights.map(({ weight }) => weight);
  assert.deepEqual(weights, [0, 60, 40]);
});

test("whatever is asked for, the weights sum to 100 and every bucket has an owner", () => {
  const wish = fc.dictionary(
    fc.constantFrom("slow", "new", "fast", "nobody"),
    fc.integer({ min: -20, max: 150 }),
  );
  fc.assert(
    fc.property(wish, (wished) => {
      const { weights, owners, moved, movedBuckets } = askWhatIf(THREE, wished);
      assert.equal(
        weights.reduce((sum, { weight }) => sum + weight, 0),
        100,
      );
      assert.ok(weights.every(({ weight }) => weight >= 0));
      assert.equal(owners.length, 100);
      assert.equal(movedBuckets.size, moved);
    }),
    { seed: 60_603 },
  );
});
