import assert from "node:assert/strict";
import { test } from "node:test";
import { readPrediction } from "./prediction.ts";

test("a label and its score are read, the label in lower case", () => {
  assert.deepEqual(readPrediction("positive;0.977749"), { label: "positive", score: 0.977749 });
  assert.deepEqual(readPrediction("LABEL_1;1"), { label: "label_1", score: 1 });
  assert.deepEqual(readPrediction("sehr%20gut%3B%C3%84;0.5"), { label: "sehr gut;ä", score: 0.5 });
  assert.deepEqual(readPrediction("positive;"), { label: "positive", score: Number.NaN });
  assert.deepEqual(readPrediction("positive;much"), { label: "positive", score: Number.NaN });
});

test("a number stands behind an empty label", () => {
  assert.deepEqual(readPrediction(";4.25"), { label: "", score: 4.25 });
  assert.deepEqual(readPrediction(";-3"), { label: "", score: -3 });
});

test("whatever else a service sends is no prediction", () => {
  for (const value of ["", "positive", ";", ";much", ";Infinity", "%E0%A4%A;1", `${"a".repeat(801)};1`])
    assert.equal(readPrediction(value), undefined, value.slice(0, 20));
});
