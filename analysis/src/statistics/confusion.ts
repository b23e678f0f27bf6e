/** Square; rows are the truth, columns the predictions, both in the same order of labels. */
export type Confusion = readonly (readonly number[])[];

/** One label's part of a confusion matrix. */
export interface ClassCounts {
  readonly truths: number;
  readonly predictions: number;
  readonly hits: number;
}

export function countClasses(confusion: Confusion): ClassCounts[] {
  return confusion.map((row, label) => ({
    truths: row.reduce((total, count) => total + count, 0),
    predictions: confusion.reduce((total, truth) => total + (truth[label] ?? 0), 0),
    hits: row[label] ?? 0,
  }));
}
