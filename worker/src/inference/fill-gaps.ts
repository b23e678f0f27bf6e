/**
 * Puts what was found later into the places that were left open, in order.
 * @param filling as many as `known` has gaps.
 */
export function fillGaps<Item>(known: readonly (Item | undefined)[], filling: readonly Item[]): Item[] {
  let next = 0;
  return known.flatMap((item) => item ?? filling[next++] ?? []);
}
