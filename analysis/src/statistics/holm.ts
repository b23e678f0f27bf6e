/**
 * Holm's step-down correction: adjusted p-values in the order given; rejecting those at most alpha keeps the chance of any
 * false rejection at alpha, whatever their dependence (Holm, Scandinavian Journal of Statistics 6, 1979).
 */
export function holm(pValues: readonly number[]): number[] {
  const ascending = pValues.map((_, index) => index).sort((a, b) => at(pValues, a) - at(pValues, b));
  const adjusted = new Array<number>(pValues.length);
  let largest = 0;
  for (const [rank, index] of ascending.entries()) {
    largest = Math.max(largest, Math.min(1, (pValues.length - rank) * at(pValues, index)));
    adjusted[index] = largest;
  }
  return adjusted;
}

function at(values: readonly number[], index: number): number {
  return values[index] ?? Number.NaN;
}
