import assert from "node:assert/strict";
import { test } from "node:test";
import { numberOf, scoreRegression } from "./regression.ts";

const row = (label: string) => ({ line: 7, label, text: "a text" });

test("the errors are those of scikit-learn's documentation", () => {
  // mean_absolute_error 0.5, mean_squared_error 0.375, r2_score 0.948…
  const scores = scoreRegression([
    { actual: 3, predicted: 2.5 },
    { actual: -0.5, predicted: 0 },
    { actual: 2, predicted: 2 },
    { actual: 7, predicted: 8 },
  ]);
  assert.equal(scores.mae, 0.5);
  assert.equal(scores.rmse, Math.sqrt(0.375));
  assert.ok(Math.abs((scores.r2 ?? 0) - 0.9486081370449679) < 1e-12);
  assert.deepEqual([scores.texts, scores.meanActual, scores.meanPredicted], [4, 2.875, 3.125]);
});

test("where all numbers of the data are equal there is no R², and without texts there is nothing", () => {
  assert.equal(scoreRegression([{ actual: 1, predicted: 2 }]).r2, null);
  assert.deepEqual(scoreRegression([]), {
    texts: 0,
    mae: null,
    rmse: null,
    r2: null,
    meanActual: null,
    meanPredicted: null,
  });
});

test("a line that begins with no number is named", () => {
  assert.equal(numberOf(row("4.5"), "data.tsv"), 4.5);
  assert.equal(numberOf(row("-1e2"), "data.tsv"), -100);
  for (const label of ["positive", "4,5", "infinity", "nan"])
    assert.throws(() => numberOf(row(label), "data.tsv"), {
      code: "data_number_malformed",
      message: new RegExp(`^data\\.tsv:7 begins with "${label}", which is no number`),
    });
});
