import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { measureClassification } from "./classification.ts";
import { cohenKappa } from "./kappa.ts";
import { boundAccuracy, reweightAccuracy } from "./missing-truth.ts";

const seed = 20_260_101;
const matrix = fc.integer({ min: 2, max: 4 }).chain((size) =>
  fc.array(fc.array(fc.nat(200), { minLength: size, maxLength: size }), {
    minLength: size,
    maxLength: size,
  }),
);

test("every share is between 0 and 1, kappa between -1 and 1", () => {
  fc.assert(
    fc.property(matrix, (confusion) => {
      const { accuracy, macroRecall, macroF1, classes, count } = measureClassification(confusion);
      const shares = [
        accuracy,
        macroRecall,
        macroF1,
        ...classes.flatMap((entry) => [entry.precision, entry.recall, entry.f1]),
      ];
      for (const value of shares) assert.ok(value === null || (value >= 0 && value <= 1));
      assert.equal(
        count,
        confusion.flat().reduce((sum, cell) => sum + cell, 0),
      );
      const kappa = cohenKappa(confusion);
      assert.ok(kappa === null || (kappa >= -1 && kappa <= 1 + 1e-12));
    }),
    { seed },
  );
});

test("kappa is the same from either side", () => {
  fc.assert(
    fc.property(matrix, (confusion) => {
      const turned = confusion.map((_, i) => confusion.map((row) => row[i] ?? 0));
      const [there, back] = [cohenKappa(confusion), cohenKappa(turned)];
      assert.ok(there === back || Math.abs((there ?? 0) - (back ?? 0)) < 1e-12);
    }),
    { seed },
  );
});

test("full agreement is kappa 1, and one label alone has none", () => {
  assert.equal(
    cohenKappa([
      [5, 0],
      [0, 7],
    ]),
    1,
  );
  assert.equal(
    cohenKappa([
      [12, 0],
      [0, 0],
    ]),
    null,
  );
  assert.equal(
    cohenKappa([
      [0, 0],
      [0, 0],
    ]),
    null,
  );
});

test("a label that is never the truth counts in no mean, and one never predicted has no precision", () => {
  // scikit-learn: recall_score and f1_score with labels=[0, 1], average="macro"
  const quality = measureClassification([
    [8, 0, 2],
    [3, 0, 7],
    [0, 0, 0],
  ]);
  assert.equal(quality.accuracy, 0.4);
  assert.equal(quality.macroRecall, 0.4);
  assert.ok(Math.abs((quality.macroF1 ?? 0) - 16 / 21 / 2) < 1e-12);
  assert.deepEqual(quality.classes[1], { precision: null, recall: 0, f1: 0, count: 10 });
  assert.deepEqual(quality.classes[2], { precision: 0, recall: null, f1: 0, count: 0 });
});

test("without truth there is no quality", () => {
  const { accuracy, macroRecall, macroF1, count } = measureClassification([
    [0, 0],
    [0, 0],
  ]);
  assert.deepEqual([accuracy, macroRecall, macroF1, count], [null, null, null, 0]);
});

test("reweighting gives the accuracy that full truth would, where truth is missing by predicted label alone", () => {
  const all = [
    [80, 10],
    [20, 90],
  ];
  // Of the first label's predictions one truth in ten is known, of the second's all.
  const known = [
    [8, 10],
    [2, 90],
  ];
  assert.ok(Math.abs((measureClassification(known).accuracy ?? 0) - 0.85) > 0.03);
  assert.ok(
    Math.abs((reweightAccuracy(known, [100, 100]) ?? 0) - (measureClassification(all).accuracy ?? 0)) < 1e-12,
  );
});

test("reweighting asks for some truth of every predicted label", () => {
  assert.equal(
    reweightAccuracy(
      [
        [5, 0],
        [1, 0],
      ],
      [10, 3],
    ),
    null,
  );
  assert.equal(
    reweightAccuracy(
      [
        [5, 0],
        [1, 0],
      ],
      [10, 0],
    ),
    5 / 6,
  );
  assert.equal(
    reweightAccuracy(
      [
        [0, 0],
        [0, 0],
      ],
      [0, 0],
    ),
    null,
  );
  assert.equal(reweightAccuracy([[5]], [10, 3]), null);
});

test("the worst case holds the truth, and is as wide as the share that is missing", () => {
  fc.assert(
    fc.property(
      fc.nat(500),
      fc.nat(500),
      fc.nat(500),
      fc.nat(500),
      (right, wrong, missingRight, missingWrong) => {
        const known = right + wrong;
        const total = known + missingRight + missingWrong;
        const bounds = boundAccuracy(right, known, total);
        if (total === 0) return assert.equal(bounds, null);
        assert.ok(bounds !== null);
        const truth = (right + missingRight) / total;
        assert.ok(bounds.low <= truth + 1e-12 && truth <= bounds.high + 1e-12);
        assert.ok(Math.abs(bounds.high - bounds.low - (total - known) / total) < 1e-12);
      },
    ),
    { seed },
  );
});

test("more truth than predictions, after a loss, leaves nothing missing", () => {
  assert.deepEqual(boundAccuracy(8, 10, 7), { low: 0.8, high: 0.8 });
});
