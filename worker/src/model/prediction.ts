/** What a caller gets for one text. */
export interface Prediction {
  /** Canonical label. */
  readonly label: string;
  /** Softmax probability of that label, 0 to 1, six decimals. */
  readonly score: number;
}

/**
 * Probabilities from logits. The signed maximum is subtracted, so that no exponent is positive and none
 * overflows; subtracting the largest absolute value (as some servers do) overflows on very negative logits.
 */
export function softmax(logits: Float32Array): number[] {
  const maximum = logits.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const exponents = Array.from(logits, (logit) => Math.exp(logit - maximum));
  const sum = exponents.reduce((a, b) => a + b, 0);
  return exponents.map((exponent) => exponent / sum);
}

/** @throws RangeError when a logit is not a finite number: then there is no prediction to give. */
export function toPrediction(logits: Float32Array, labels: readonly string[]): Prediction {
  if (!logits.every(Number.isFinite)) {
    throw new RangeError("the model answered with a logit that is not a finite number");
  }
  // By logit, not by probability: exp() makes equals of logits that are very close.
  const winner = logits.indexOf(logits.reduce((a, b) => Math.max(a, b)));
  const score = softmax(logits)[winner] ?? 0;
  const label = labels[winner];
  if (label === undefined) {
    throw new RangeError(`the model answered with ${logits.length} logits for ${labels.length} labels`);
  }
  return { label, score: Math.round(score * 1e6) / 1e6 };
}
