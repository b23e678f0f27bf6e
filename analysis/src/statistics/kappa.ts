import { type Confusion, countClasses } from "./confusion.ts";

/**
 * Agreement beyond chance, −1..1 (Cohen, Educational and Psychological Measurement 20, 1960). Null where chance alone agrees
 * always (one label on both sides), or without data.
 */
export function cohenKappa(confusion: Confusion): number | null {
  const classes = countClasses(confusion);
  const total = classes.reduce((sum, { truths }) => sum + truths, 0);
  if (total === 0) return null;
  const observed = classes.reduce((sum, { hits }) => sum + hits, 0) / total;
  const chance = classes.reduce(
    (sum, { truths, predictions }) => sum + (truths / total) * (predictions / total),
    0,
  );
  return chance < 1 ? (observed - chance) / (1 - chance) : null;
}
