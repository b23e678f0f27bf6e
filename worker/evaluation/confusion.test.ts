import assert from "node:assert/strict";
import { test } from "node:test";
import { type Judgement, score } from "./confusion.ts";

const LABELS = ["negative", "neutral", "positive"];

function judge(counts: number[][]): Judgement[] {
  return counts.flatMap((row, i) =>
    row.flatMap((count, j) => Array(count).fill({ actual: LABELS[i], predicted: LABELS[j] })),
  );
}

const near = (value: number | null | undefined, expected: number) =>
  assert.ok(value != null && Math.abs(value - expected) < 1e-12, `${value} is not ${expected}`);

// Expected figures: scikit-learn 1.9.1 on the same matrices, macro means with labels= those that occur in y_true.
test("a three-label matrix scores as in scikit-learn", () => {
  const scores = score(
    judge([
      [50, 8, 2],
      [10, 70, 20],
      [3, 7, 30],
    ]),
    LABELS,
  );
  assert.deepEqual(scores.confusion.counts, [
    [50, 8, 2],
    [10, 70, 20],
    [3, 7, 30],
  ]);
  near(scores.accuracy, 0.75);
  near(scores.macroRecall, 0.7611111111111111);
  near(scores.macroF1, 0.7406462666271786);
  const positive = scores.classes[2];
  near(positive?.precision, 0.5769230769230769);
  near(positive?.recall, 0.75);
  near(positive?.f1, 0.6521739130434783);
  assert.equal(positive?.support, 40);
});

test("a label that is never predicted has recall 0 and no precision, and weighs in the means", () => {
  const scores = score(
    judge([
      [52, 0, 8],
      [45, 0, 55],
      [4, 0, 36],
    ]),
    LABELS,
  );
  near(scores.accuracy, 0.44);
  near(scores.macroRecall, 0.5888888888888889);
  near(scores.macroF1, 0.387982781476682);
  assert.deepEqual(scores.classes[1], {
    label: "neutral",
    precision: null,
    recall: 0,
    f1: 0,
    support: 100,
    predicted: 0,
  });
});

test("a label that does not occur in the data stays out of the means, predictions of it are wrong", () => {
  const scores = score(
    judge([
      [8, 2, 0],
      [0, 0, 0],
      [0, 0, 10],
    ]),
    LABELS,
  );
  near(scores.accuracy, 0.9);
  near(scores.macroRecall, 0.9);
  assert.equal(scores.classes[1]?.recall, null);
  assert.equal(scores.classes[1]?.precision, 0);
});

test("without predictions there are no figures, not zeros", () => {
  const scores = score([], LABELS);
  assert.deepEqual(
    [scores.accuracy, scores.macroRecall, scores.macroF1, scores.accuracyInterval],
    [null, null, null, null],
  );
});

test("a label outside the list is a mistake of the program", () => {
  assert.throws(() => score([{ actual: "joy", predicted: "neutral" }], LABELS), RangeError);
});
