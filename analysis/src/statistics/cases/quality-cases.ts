import { measureClassification } from "../classification.ts";
import { holm } from "../holm.ts";
import { cohenKappa } from "../kappa.ts";
import { measureRegression } from "../regression.ts";
import type { Case } from "./case.ts";

export function qualityCases(): Case[] {
  const confusion = [
    [50, 7, 3],
    [4, 30, 6],
    [1, 9, 40],
  ];
  const quality = measureClassification(confusion);
  const truths = [1, 2, 3, 4, 5, 4, 2];
  const errors = [0.5, 0, -0.5, 0.5, -1, 0, 1];
  const ratings = measureRegression({
    count: truths.length,
    absoluteError: errors.reduce((sum, error) => sum + Math.abs(error), 0),
    squaredError: errors.reduce((sum, error) => sum + error ** 2, 0),
    truth: truths.reduce((sum, truth) => sum + truth, 0),
    squaredTruth: truths.reduce((sum, truth) => sum + truth ** 2, 0),
  });
  return [
    ["confusion: accuracy", null, quality.accuracy ?? Number.NaN],
    ["confusion: macro recall", null, quality.macroRecall ?? Number.NaN],
    ["confusion: macro F1", null, quality.macroF1 ?? Number.NaN],
    ...quality.classes.flatMap(({ precision, recall, f1 }, label): Case[] => [
      [`confusion: precision of label ${label}`, null, precision ?? Number.NaN],
      [`confusion: recall of label ${label}`, null, recall ?? Number.NaN],
      [`confusion: F1 of label ${label}`, null, f1 ?? Number.NaN],
    ]),
    ["confusion: Cohen's kappa", null, cohenKappa(confusion) ?? Number.NaN],
    ["ratings: MAE", null, ratings?.meanAbsoluteError ?? Number.NaN],
    ["ratings: RMSE", null, ratings?.rootMeanSquaredError ?? Number.NaN],
    ["ratings: R2", null, ratings?.r2 ?? Number.NaN],
    ...holm([0.01, 0.04, 0.03, 0.005, 0.2]).map(
      (p, index): Case => [`Holm .01 .04 .03 .005 .2: ${index + 1}`, null, p],
    ),
  ];
}
