import { wilsonInterval } from "./interval.ts";

/** A text that got a prediction. */
export interface Judgement {
  readonly actual: string;
  readonly predicted: string;
}

interface ClassScores {
  readonly label: string;
  /** Of the texts the model gave this label, the share that has it; null when it gave it to none. */
  readonly precision: number | null;
  /** Of the texts that have this label, the share the model found; null when none has it. */
  readonly recall: number | null;
  /** Harmonic mean of the two, as 2·TP / (predicted + support); null when the label is nowhere. */
  readonly f1: number | null;
  /** Texts that have the label. */
  readonly support: number;
  /** Texts the model gave the label. */
  readonly predicted: number;
}

export interface Scores {
  readonly texts: number;
  readonly correct: number;
  readonly accuracy: number | null;
  /** 95 %, Wilson. */
  readonly accuracyInterval: readonly [low: number, high: number] | null;
  /** Means over the labels that occur in the data, each weighing the same (scikit-learn: `labels=` those, `average="macro"`). */
  readonly macroRecall: number | null;
  readonly macroF1: number | null;
  readonly classes: readonly ClassScores[];
  /** `counts[i][j]`: texts with label `labels[i]` that the model called `labels[j]`. */
  readonly confusion: { readonly labels: readonly string[]; readonly counts: readonly (readonly number[])[] };
}

/** `labels` must hold every label that occurs in `judgements`; its order is the order of rows and columns. */
export function score(judgements: readonly Judgement[], labels: readonly string[]): Scores {
  const counts = countConfusion(judgements, labels);
  const classes = labels.map((label, index) => scoreClass(label, index, counts));
  const correct = sum(labels.map((_, index) => counts[index]?.[index] ?? 0));
  const present = classes.filter((entry) => entry.support > 0);
  return {
    texts: judgements.length,
    correct,
    accuracy: ratio(correct, judgements.length),
    accuracyInterval: wilsonInterval(correct, judgements.length),
    macroRecall: ratio(sum(present.map((entry) => entry.recall ?? 0)), present.length),
    macroF1: ratio(sum(present.map((entry) => entry.f1 ?? 0)), present.length),
    classes,
    confusion: { labels, counts },
  };
}

function countConfusion(judgements: readonly Judgement[], labels: readonly string[]): number[][] {
  const counts = labels.map(() => labels.map(() => 0));
  for (const { actual, predicted } of judgements) {
    const row = counts[labels.indexOf(actual)];
    const column = labels.indexOf(predicted);
    if (row === undefined || column < 0)
      throw new RangeError(`"${actual}" or "${predicted}" is not in ${labels.join(", ")}`);
    row[column] = (row[column] ?? 0) + 1;
  }
  return counts;
}

function scoreClass(label: string, index: number, counts: readonly (readonly number[])[]): ClassScores {
  const hits = counts[index]?.[index] ?? 0;
  const support = sum(counts[index] ?? []);
  const predicted = sum(counts.map((row) => row[index] ?? 0));
  return {
    label,
    precision: ratio(hits, predicted),
    recall: ratio(hits, support),
    f1: ratio(2 * hits, support + predicted),
    support,
    predicted,
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}
