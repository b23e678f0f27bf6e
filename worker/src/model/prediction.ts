/** What the model says of one text. */
export interface Prediction {
  /** Canonical label; undefined for a regression. */
  readonly label: string | undefined;
  /** Probability of that label, 0 to 1, or a regression's number; six decimals. */
  readonly score: number;
  /** Probability of every label, in the model's order, six decimals; empty for a regression. */
  readonly scores: readonly number[];
}

/** What the numbers are that a graph answers for one text. */
export type OutputKind = "logits" | "probabilities" | "value";

/**
 * Probabilities from logits. The signed maximum is subtracted, so that no exponent is positive and none
 * overflows; subtracting the largest absolute value (as some servers do) overflows on very negative logits.
 */
export function softmax(logits: ArrayLike<number>): number[] {
  let maximum = Number.NEGATIVE_INFINITY;
  for (let at = 0; at < logits.length; at += 1) maximum = Math.max(maximum, logits[at] ?? maximum);
  const exponents = Array.from(logits, (logit) => Math.exp(logit - maximum));
  const sum = exponents.reduce((a, b) => a + b, 0);
  return exponents.map((exponent) => exponent / sum);
}

/**
 * @param rows what the graph answered for the windows of one text, one row each, shape [windows][labels], or [windows][1].
 *   Several windows give the mean of their probabilities, or of their numbers.
 * @throws RangeError when a number is not finite: then there is no prediction to give.
 */
export function toPrediction(
  rows: readonly ArrayLike<number>[],
  kind: OutputKind,
  labels: readonly string[],
): Prediction {
  for (const row of rows) {
    for (let at = 0; at < row.length; at += 1) {
      if (!Number.isFinite(row[at])) throw new RangeError("the model answered a number that is not finite");
    }
  }
  const means = mean(rows.map((row) => (kind === "logits" ? softmax(row) : Array.from(row))));
  if (kind === "value") return { label: undefined, score: round(means[0] ?? 0), scores: [] };
  // By logit where there is one row, not by probability: exp() makes equals of logits that are very close.
  const winner = indexOfLargest(rows.length === 1 ? (rows[0] ?? means) : means);
  const label = labels[winner];
  if (label === undefined || means.length !== labels.length) {
    throw new RangeError(`the model answered ${means.length} numbers for ${labels.length} labels`);
  }
  return { label, score: round(means[winner] ?? 0), scores: means.map(round) };
}

function indexOfLargest(values: ArrayLike<number>): number {
  let winner = 0;
  for (let at = 1; at < values.length; at += 1) {
    if ((values[at] ?? 0) > (values[winner] ?? 0)) winner = at;
  }
  return winner;
}

function mean(rows: readonly number[][]): number[] {
  const [first = [], ...others] = rows;
  if (others.length === 0) return first;
  return first.map((value, at) => others.reduce((sum, row) => sum + (row[at] ?? 0), value) / rows.length);
}

function round(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
