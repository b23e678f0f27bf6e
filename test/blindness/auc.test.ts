import assert from "node:assert/strict";
import test from "node:test";
import { createRandom } from "../support/random.ts";
import { estimateAuc } from "./auc.ts";

test("a perfect order is 1, a reversed one 0, a constant one half", () => {
  const labels = [0, 0, 0, 1, 1, 1];
  assert.equal(estimateAuc([1, 2, 3, 4, 5, 6], labels).auc, 1);
  assert.equal(estimateAuc([6, 5, 4, 3, 2, 1], labels).auc, 0);
  assert.deepEqual(estimateAuc([7, 7, 7, 7, 7, 7], labels), { auc: 0.5, low: 0.5, high: 0.5 });
});

test("a tie counts half", () => {
  assert.equal(estimateAuc([1, 2, 2, 3], [0, 0, 1, 1]).auc, 0.875);
});

test("the interval covers the truth about 95 times of 100", () => {
  const random = createRandom(3);
  const gaussian = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  // Two normal distributions one deviation apart: the area is Phi(1 / sqrt 2).
  const truth = 0.7602;
  let covered = 0;
  for (let round = 0; round < 400; round++) {
    const labels = Array.from({ length: 200 }, (_, at) => at % 2);
    const { low, high } = estimateAuc(
      labels.map((label) => gaussian() + label),
      labels,
    );
    if (low <= truth && truth <= high) covered++;
  }
  assert.ok(covered >= 368 && covered <= 396, `seed 3: ${covered} of 400`);
});
