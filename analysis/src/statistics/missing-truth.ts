import { type Confusion, countClasses } from "./confusion.ts";

/**
 * Accuracy if the truth of every prediction were known, provided that within one predicted label it is missing at random:
 * Σ over labels of its share of the predictions × how often it is right where the truth is known (post-stratification;
 * Little & Rubin, "Statistical Analysis with Missing Data", 3rd edition, 3.3.2).
 *
 * Null where some predicted label has no known truth at all.
 * @param predictions of each label, known truth or not, in the order of the matrix
 */
export function reweightAccuracy(confusion: Confusion, predictions: readonly number[]): number | null {
  const classes = countClasses(confusion);
  const total = predictions.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  let accuracy = 0;
  for (const [label, count] of predictions.entries()) {
    if (count === 0) continue;
    const known = classes[label];
    if (known === undefined || known.predictions === 0) return null;
    accuracy += (count / total) * (known.hits / known.predictions);
  }
  return accuracy;
}

/**
 * Accuracy if all missing truth were wrong, and if all were right: no assumption at all (Manski, "Nonparametric Bounds on
 * Treatment Effects", American Economic Review 80, 1990). Null without predictions.
 * @param correct right ones among the known
 * @param known predictions whose truth is known
 * @param predictions all of them; taken as `known` where it is less, as after a restart that lost some
 */
export function boundAccuracy(
  correct: number,
  known: number,
  predictions: number,
): { readonly low: number; readonly high: number } | null {
  const total = Math.max(predictions, known);
  if (!(total > 0)) return null;
  return { low: correct / total, high: (correct + total - known) / total };
}
