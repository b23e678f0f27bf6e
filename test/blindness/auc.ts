export interface Auc {
  readonly auc: number;
  /** Of the 95 % interval. */
  readonly low: number;
  readonly high: number;
}

const Z_95 = 1.959964;

/**
 * Area under the ROC curve with its 95 % interval (DeLong, DeLong and Clarke-Pearson 1988; midranks for ties).
 *
 * @param scores higher means "more like 1"
 * @param labels 0 or 1; both must occur at least twice
 */
export function estimateAuc(scores: readonly number[], labels: readonly number[]): Auc {
  const ones = scores.filter((_, at) => labels[at] === 1);
  const zeros = scores.filter((_, at) => labels[at] === 0);
  const all = midranks([...ones, ...zeros]);
  const ranksOfOnes = midranks(ones);
  const ranksOfZeros = midranks(zeros);
  const { length: m } = ones;
  const { length: n } = zeros;
  // How often each score is on the right side of the scores of the other label.
  const ofOnes = ones.map((_, at) => ((all[at] as number) - (ranksOfOnes[at] as number)) / n);
  const ofZeros = zeros.map((_, at) => 1 - ((all[m + at] as number) - (ranksOfZeros[at] as number)) / m);
  const auc = mean(ofOnes);
  const margin = Z_95 * Math.sqrt(variance(ofOnes) / m + variance(ofZeros) / n);
  return { auc, low: Math.max(0, auc - margin), high: Math.min(1, auc + margin) };
}

/** Ranks from 1; equal values share the mean of theirs. */
function midranks(values: readonly number[]): number[] {
  const order = values.map((value, at) => ({ value, at })).sort((one, other) => one.value - other.value);
  const ranks = new Array<number>(values.length);
  for (let start = 0; start < order.length; ) {
    let end = start;
    while (end < order.length && order[end]?.value === order[start]?.value) end++;
    for (let at = start; at < end; at++) ranks[order[at]?.at ?? 0] = (start + end + 1) / 2;
    start = end;
  }
  return ranks;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function variance(values: readonly number[]): number {
  const centre = mean(values);
  return values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1);
}

export function showAuc({ auc, low, high }: Auc): string {
  return `AUC ${auc.toFixed(4)} (95 % interval ${low.toFixed(4)} to ${high.toFixed(4)})`;
}
