import assert from "node:assert/strict";
import { test } from "node:test";
import { missingLabels, orderLabels } from "./label-coverage.ts";

const rows = (...labels: string[]) => labels.map((label, index) => ({ line: index + 1, label, text: "t" }));

test("canonical labels come in their natural order, others behind them by name", () => {
  assert.deepEqual(orderLabels(["zest", "positive", "anger", "negative", "neutral", "positive"]), [
    "negative",
    "neutral",
    "positive",
    "anger",
    "zest",
  ]);
});

test("a two-label model lacks neutral on three-label data, and nothing on two-label data", () => {
  const two = ["negative", "positive"];
  assert.deepEqual(missingLabels(rows("negative", "neutral", "positive"), two, "x"), ["neutral"]);
  assert.deepEqual(missingLabels(rows("negative", "positive"), two, "x"), []);
});

test("a label of neither the task nor the model is a mistake in the file, with its line", () => {
  assert.throws(
    () => missingLabels(rows("negative", "negtive"), ["negative", "positive"], "x.tsv"),
    /x\.tsv:2 has the label "negtive".*it says negative, positive\. Rename the label/,
  );
});

test("a model with labels of its own is evaluated on data that has them", () => {
  assert.deepEqual(missingLabels(rows("joy", "anger"), ["anger", "joy"], "x"), []);
});

test("data without any label of the model's cannot be compared", () => {
  assert.throws(() => missingLabels(rows("neutral"), ["negative", "positive"], "x"), {
    code: "data_labels_disjoint",
  });
});
