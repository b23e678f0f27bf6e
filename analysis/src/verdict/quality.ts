import { NEUTRAL_RULES, type NeutralRule } from "../../../proxy/src/config/analysis-config.ts";
import type { CellCounts } from "../evidence/bucket-counts.ts";
import {
  confusionCell,
  OTHER,
  outcomeCell,
  predictedCell,
  RATED,
  RATED_ABSOLUTE,
  RATED_SQUARED,
  squaredCell,
  valueCell,
} from "../evidence/cell.ts";
import { classesOf, classOf, hitFeature, trueFeature } from "../evidence/feature.ts";
import type { Plan } from "../evidence/plan.ts";
import { cohenKappa } from "../statistics/kappa.ts";
import { boundAccuracy, reweightAccuracy } from "../statistics/missing-truth.ts";
import { measureRegression } from "../statistics/regression.ts";
import { estimateValue } from "./estimate.ts";
import { toEstimate } from "./interval.ts";
import { f1Of, type Measure, measureOf, precisionOf, recallOf } from "./measure.ts";
import type { Table } from "./table.ts";
import type { Classification, Regression } from "./verdict.ts";

/** Counts of one variant over all strata and buckets, by cell. */
export type Totals = (cell: string) => number;

export function totalsOf(table: Table, variant: number): Totals {
  const sums = new Map<string, number>();
  for (const [, variants] of table.account.counts.strata)
    for (const [cell, counts] of variants[variant] ?? (new Map() as CellCounts)) {
      let sum = sums.get(cell) ?? 0;
      for (const count of counts) sum += count;
      sums.set(cell, sum);
    }
  return (cell) => sums.get(cell) ?? 0;
}

/** Null without truth. */
export function classify(plan: Plan, table: Table, variant: number): Classification | null {
  const { space } = table;
  if (space.classes.length === 0) return null;
  const totals = totalsOf(table, variant);
  const labels = [...plan.labels, OTHER];
  const raw = labels.map((truth) => labels.map((predicted) => totals(confusionCell(truth, predicted))));
  const features = table.pooled[variant]?.totals;
  const feature = (name: string) => features?.[space.position.get(name) ?? -1] ?? 0;
  const present = space.classes.filter((name) => feature(trueFeature(name)) > 0);
  const estimate = (of: Measure) => toEstimate(plan, estimateValue(table, variant, of), of.range);
  const accuracy = estimate(measureOf("accuracy", space));
  const macroRecall = estimate(measureOf("macro_recall", space, present));
  const macroF1 = estimate(measureOf("macro_f1", space, present));
  if (accuracy === null || macroRecall === null || macroF1 === null) return null;
  const rule = plan.analysis.neutral;
  const known = merge(raw, labels, rule);
  const predictions = labels.map((label) => totals(predictedCell(label)));
  // Where neutral truth is dropped nobody knows which of the missing ones would be.
  const hasBounds = rule !== "drop";
  const predicted = predictions.reduce((sum, count) => sum + count, 0);
  const right = space.classes.reduce((sum, name) => sum + feature(hitFeature(name)), 0);
  return {
    ...withoutEmptyOther(labels, raw),
    count: space.classes.reduce((sum, name) => sum + feature(trueFeature(name)), 0),
    accuracy,
    macroRecall,
    macroF1,
    classes: space.classes.map((label) => ({
      label,
      precision: estimate(precisionOf(label, space)),
      recall: estimate(recallOf(label, space)),
      f1: estimate(f1Of(label, space)),
      count: feature(trueFeature(label)),
    })),
    kappa: cohenKappa(known.matrix),
    reweightedAccuracy:
      hasBounds && predicted > 0
        ? reweightAccuracy(known.matrix, mergeCounts(predictions, labels, rule, known.labels))
        : null,
    worstCase: hasBounds && predicted > 0 ? boundAccuracy(right, feature("truths"), predicted) : null,
    byNeutralRule: Object.fromEntries(
      NEUTRAL_RULES.map((one) => [one, accuracyOf(merge(raw, labels, one))]),
    ) as Record<NeutralRule, number | null>,
  };
}

/** Null without ratings of numeric predictions. */
export function regress(plan: Plan, table: Table, variant: number): Regression | null {
  const { space } = table;
  const estimate = (of: Measure) => toEstimate(plan, estimateValue(table, variant, of), of.range);
  const absolute = estimate(measureOf("mean_absolute_error", space));
  const squared = estimate(measureOf("root_mean_squared_error", space));
  if (absolute === null || squared === null) return null;
  const totals = totalsOf(table, variant);
  const count = totals(RATED);
  const ratings = totals(outcomeCell("rating"));
  // Ratings of answers without a number have no error, but stand in the same sums: their spread is taken for all.
  const share = ratings > 0 ? count / ratings : 1;
  const quality = measureRegression({
    count,
    absoluteError: totals(RATED_ABSOLUTE),
    squaredError: totals(RATED_SQUARED),
    truth: totals(valueCell("rating")) * share,
    squaredTruth: totals(squaredCell("rating")) * share,
  });
  return { count, meanAbsoluteError: absolute, rootMeanSquaredError: squared, r2: quality?.r2 ?? null };
}

interface Merged {
  /** Classes, then one more that stands for whatever is none. */
  readonly labels: readonly string[];
  readonly matrix: readonly (readonly number[])[];
}

function merge(raw: readonly (readonly number[])[], labels: readonly string[], rule: NeutralRule): Merged {
  const classes = [...classesOf(labels, rule), OTHER];
  const matrix = classes.map(() => classes.map(() => 0));
  for (const [row, truth] of labels.entries()) {
    const actual = classOf(truth, rule);
    if (actual === undefined) continue;
    for (const [column, predicted] of labels.entries()) {
      const line = matrix[classes.indexOf(actual)] as number[];
      const place = classes.indexOf(classOf(predicted, rule) ?? OTHER);
      line[place] = (line[place] as number) + (raw[row]?.[column] ?? 0);
    }
  }
  return { labels: classes, matrix };
}

function mergeCounts(
  counts: readonly number[],
  labels: readonly string[],
  rule: NeutralRule,
  classes: readonly string[],
): readonly number[] {
  const merged = classes.map(() => 0);
  for (const [index, label] of labels.entries()) {
    const place = classes.indexOf(classOf(label, rule) ?? OTHER);
    merged[place] = (merged[place] as number) + (counts[index] ?? 0);
  }
  return merged;
}

function accuracyOf({ matrix }: Merged): number | null {
  const count = matrix.flat().reduce((sum, one) => sum + one, 0);
  const right = matrix.reduce((sum, row, index) => sum + (row[index] ?? 0), 0);
  return count > 0 ? right / count : null;
}

/** A matrix of the labels that were declared, unless something else occurred. */
function withoutEmptyOther(labels: readonly string[], confusion: readonly (readonly number[])[]) {
  const last = labels.length - 1;
  const isUsed = confusion.some((row, index) =>
    row.some((count, column) => count > 0 && (index === last || column === last)),
  );
  if (isUsed) return { labels, confusion };
  return {
    labels: labels.slice(0, last),
    confusion: confusion.slice(0, last).map((row) => row.slice(0, last)),
  };
}
