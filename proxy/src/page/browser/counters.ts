/** Numbers that only grow while a process lives, below whatever names. */
export type Counters = { readonly [name: string]: number | Counters };

/** Each number of both; what only one has stays as it is. */
export function plus<C extends Counters>(one: C, other: C): C {
  return combine(one, other, (a, b) => a + b) as C;
}

/** The one, with what the other has of it or beyond it in its place. */
export function overlay<C extends Counters>(one: C, other: C): C {
  return combine(one, other, (_, b) => b) as C;
}

/**
 * What each number of `now` is above the one of `before`, never below 0. What `before` did not have began at 0; what
 * only `before` has is left out.
 */
export function minus<C extends Counters>(now: C, before: C): C {
  const difference: Record<string, number | Counters> = {};
  for (const [name, value] of Object.entries(now)) {
    const earlier = before[name];
    if (typeof value === "number")
      difference[name] = Math.max(0, value - (typeof earlier === "number" ? earlier : 0));
    else difference[name] = isBranch(earlier) ? minus(value, earlier) : value;
  }
  return difference as C;
}

/**
 * What a process that does not say when it began has counted since `before`: all of `now` where its counters tell that
 * it began anew in between.
 */
export function gain<C extends Counters>(now: C, before: C): C {
  return hasBegunAnew(now, before) ? now : minus(now, before);
}

/** Is any number lower than it was, or gone? Counters of one process begin anew together, at its restart. */
function hasBegunAnew(now: Counters, before: Counters): boolean {
  return Object.entries(before).some(([name, earlier]) => {
    const value = now[name];
    if (typeof earlier === "number") return typeof value !== "number" || value < earlier;
    return !isBranch(value) || hasBegunAnew(value, earlier);
  });
}

function combine(one: Counters, other: Counters, apply: (a: number, b: number) => number): Counters {
  const combined: Record<string, number | Counters> = { ...one };
  for (const [name, value] of Object.entries(other)) {
    const mine = combined[name];
    if (typeof value === "number") combined[name] = typeof mine === "number" ? apply(mine, value) : value;
    else combined[name] = isBranch(mine) ? combine(mine, value, apply) : value;
  }
  return combined;
}

function isBranch(value: number | Counters | undefined): value is Counters {
  return typeof value === "object";
}
