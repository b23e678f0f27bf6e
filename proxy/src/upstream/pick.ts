interface Loaded {
  readonly inFlight: number;
}

/**
 * Of two random ones the one with fewer requests in flight; not `except` if there is another; undefined when there
 * is none. Two instead of all: whoever has just come back is not flooded by being the least busy. `random` gives
 * numbers in [0, 1).
 */
export function pickLessBusy<T extends Loaded>(
  candidates: readonly T[],
  except: T | undefined,
  random: () => number,
): T | undefined {
  if (candidates.length < 2) return candidates[0];
  const skipped = except === undefined ? -1 : candidates.indexOf(except);
  const count = skipped < 0 ? candidates.length : candidates.length - 1;
  const at = (position: number) =>
    candidates[skipped >= 0 && position >= skipped ? position + 1 : position] as T;
  const first = Math.floor(random() * count);
  if (count === 1) return at(first);
  const second = (first + 1 + Math.floor(random() * (count - 1))) % count;
  const a = at(first);
  const b = at(second);
  return b.inFlight < a.inFlight ? b : a;
}
