import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { softmax, toPrediction } from "./prediction.ts";

const finite = fc.float({ noNaN: true, noDefaultInfinity: true });
const logits = fc.array(finite, { minLength: 2, maxLength: 6 }).map((values) => Float32Array.from(values));
const names = (count: number) => Array.from({ length: count }, (_, index) => `l${index}`);

test("softmax gives probabilities that sum to one, whatever finite logits there are", () => {
  fc.assert(
    fc.property(logits, (values) => {
      const probabilities = softmax(values);
      assert.ok(probabilities.every((p) => p >= 0 && p <= 1));
      assert.ok(Math.abs(probabilities.reduce((a, b) => a + b, 0) - 1) < 1e-9);
    }),
  );
});

test("softmax equals reference values", () => {
  // exp(x) / Σ exp(x) for -1.5, 0.25, 2, computed in double precision with Python
  const expected = [0.02508148055382201, 0.14433395511320982, 0.8305845643329681];
  for (const [index, probability] of softmax(Float32Array.of(-1.5, 0.25, 2)).entries()) {
    assert.ok(Math.abs(probability - (expected[index] ?? 0)) < 1e-12);
  }
});

test("very negative logits do not overflow: the signed maximum is subtracted, not the largest magnitude", () => {
  assert.deepEqual(softmax(Float32Array.of(-1000, -1000)), [0.5, 0.5]);
  assert.deepEqual(softmax(Float32Array.of(-1e30, 0)), [0, 1]);
});

test("the prediction is the likeliest label with at most six decimals, beside the scores of all", () => {
  fc.assert(
    fc.property(logits, (values) => {
      const labels = names(values.length);
      const { label = "", score, scores } = toPrediction([values], "logits", labels);
      assert.ok(values[labels.indexOf(label)] === Math.max(...values));
      assert.ok(score > 0 && score <= 1 && String(score).length <= 8);
      assert.equal(scores.length, labels.length);
      assert.equal(scores[labels.indexOf(label)], score);
      assert.ok(Math.abs(scores.reduce((a, b) => a + b, 0) - 1) <= labels.length * 5e-7 + 1e-9);
    }),
  );
  const found = toPrediction([Float32Array.of(0, 1)], "logits", ["a", "b"]);
  assert.deepEqual(found, { label: "b", score: 0.731059, scores: [0.268941, 0.731059] });
});

test("several windows give the mean of their probabilities, not that of their logits", () => {
  const windows = [Float32Array.of(0, 1), Float32Array.of(8, 0), Float32Array.of(0, 1)];
  const { label, scores } = toPrediction(windows, "logits", ["a", "b"]);
  // (0.26894142 + 0.99966465 + 0.26894142) / 3, computed in double precision
  assert.deepEqual([label, scores], ["a", [0.512516, 0.487484]]);
});

test("windows that say the same say it together, whatever they say", () => {
  fc.assert(
    fc.property(logits, fc.integer({ min: 1, max: 5 }), (values, count) => {
      const labels = names(values.length);
      const one = toPrediction([values], "logits", labels);
      const many = toPrediction(new Array(count).fill(values), "logits", labels);
      assert.ok(one.scores.every((score, at) => Math.abs(score - (many.scores[at] ?? 2)) <= 1.1e-6));
    }),
  );
});

test("probabilities are taken as they are", () => {
  const rows = [Float32Array.of(0.25, 0.75)];
  assert.deepEqual(toPrediction(rows, "probabilities", ["a", "b"]), {
    label: "b",
    score: 0.75,
    scores: [0.25, 0.75],
  });
  const windows = [Float32Array.of(0.25, 0.75), Float32Array.of(1, 0)];
  assert.deepEqual(toPrediction(windows, "probabilities", ["a", "b"]), {
    label: "a",
    score: 0.625,
    scores: [0.625, 0.375],
  });
});

test("a regression's number is the score, of several windows their mean; there is no label", () => {
  assert.deepEqual(toPrediction([Float32Array.of(4.25)], "value", []), {
    label: undefined,
    score: 4.25,
    scores: [],
  });
  assert.equal(toPrediction([[1], [2], [4]], "value", []).score, 2.333333);
  assert.equal(toPrediction([[-1234.5678914]], "value", []).score, -1234.567891);
});

test("a number that is not finite gives no prediction, in whatever window and of whatever kind it is", () => {
  for (const flaw of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    const rows = [Float32Array.of(0, 1), Float32Array.of(1, flaw)];
    for (const kind of ["logits", "probabilities", "value"] as const) {
      assert.throws(() => toPrediction(rows, kind, ["a", "b"]), RangeError, `${kind}: ${flaw}`);
    }
  }
});

test("as many numbers as labels are due", () => {
  assert.throws(() => toPrediction([[1, 2]], "logits", ["a", "b", "c"]), /2 numbers for 3 labels/);
  assert.throws(() => toPrediction([[0, 0, 1]], "probabilities", ["a", "b"]), RangeError);
});
