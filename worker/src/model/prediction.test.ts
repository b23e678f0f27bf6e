import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { softmax, toPrediction } from "./prediction.ts";

const finite = fc.float({ noNaN: true, noDefaultInfinity: true });
const logits = fc.array(finite, { minLength: 2, maxLength: 6 }).map((values) => Float32Array.from(values));

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

test("the prediction is the likeliest label with at most six decimals", () => {
  fc.assert(
    fc.property(logits, (values) => {
      const labels = Array.from(values, (_, index) => `l${index}`);
      const { label, score } = toPrediction(values, labels);
      assert.ok(values[labels.indexOf(label)] === Math.max(...values));
      assert.ok(score > 0 && score <= 1 && String(score).length <= 8);
    }),
  );
  assert.deepEqual(toPrediction(Float32Array.of(0, 1), ["a", "b"]), { label: "b", score: 0.731059 });
});

test("a logit that is no number gives no prediction", () => {
  assert.throws(() => toPrediction(Float32Array.of(Number.NaN, 1), ["a", "b"]), RangeError);
});
