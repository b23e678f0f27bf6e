import { type Confusion, countClasses } from "./confusion.ts";

export interface ClassQuality {
  /** Null where the label was never predicted. */
  readonly precision: number | null;
  /** Null where the label was never the truth. */
  readonly recall: number | null;
  /** Null where the label was neither. */
  readonly f1: number | null;
  /** How often it was the truth. */
  readonly count: number;
}

export interface Quality {
  readonly count: number;
  readonly accuracy: number | null;
  /** Means over the labels that are the truth at least once, each weighing the same (scikit-learn: `labels=` those, `average="macro"`). */
  readonly macroRecall: number | null;
  readonly macroF1: number | null;
  /** In the order of the matrix. */
  readonly classes: readonly ClassQuality[];
}

/** Accuracy, precision, recall and F1 of a confusion matrix, as scikit-learn defines them. */
export function measureClassification(confusion: Confusion): Quality {
  const counts = countClasses(confusion);
  const count = counts.reduce((sum, { truths }) => sum + truths, 0);
  const hits = counts.reduce((sum, entry) => sum + entry.hits, 0);
  const classes = counts.map((entry) => ({
    precision: ratio(entry.hits, entry.predictions),
    recall: ratio(entry.hits, entry.truths),
    f1: ratio(2 * entry.hits, entry.truths + entry.predictions),
    count: entry.truths,
  }));
  const present = classes.filter((entry) => entry.count > 0);
  return {
    count,
    accuracy: ratio(hits, count),
    macroRecall: ratio(
      present.reduce((sum, { recall }) => sum + (recall ?? 0), 0),
      present.length,
    ),
    macroF1: ratio(
      present.reduce((sum, { f1 }) => sum + (f1 ?? 0), 0),
      present.length,
    ),
    classes,
  };
}

function ratio(numerator: number, denominator: number): number | null {
  return denominator > 0 ? numerator / denominator : null;
}
