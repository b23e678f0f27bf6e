/** Numbers that only grow while a process lives, below whatever names. */
export type Counters = { readonly [name: string]: number | Counters };

/** Each number of both; what only one has stays as it is. */
export function plus<C extends Counters>(one: C, other: C): C {
  return combine(one, other, (a, b) => a + b) as C;
}

/**
 * What each number of `now` has gained since `before`. What `before` did not have began at 0; what only `before` has is
 * left out. All of `now` where the process began anew in between.
 */
export function gain<C extends Counters>(now: C, before: C): C {
  if (hasDropped(now, before)) return now;
  const shared: Record<string, number | Counters> = {};
  for (const [name, value] of Object.entries(now)) {
    const earlier = before[name];
    if (typeof value === "number") shared[name] = value - (typeof earlier === "number" ? earlier : 0);
    else shared[name] = isBranch(earlier) ? gain(value, earlier) : value;
  }
  return shared as C;
}

/** Is any number lower than it was? Counters of one process begin anew together, at its restart. */
function hasDropped(now: Counters, before: Counters): boolean {
  return Object.entries(now).some(([name, value]) => {
    const earlier = before[name];
    if (typeof value === "number") return typeof earlier === "number" && value < earlier;
    return isBranch(earlier) && hasDropped(value, earlier);
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
