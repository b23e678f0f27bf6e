import type { Problem } from "./problem.ts";
import type { Config } from "./schema.ts";

/** What a bound socket cannot follow. */
const FIXED = [
  ["listen", "host"],
  ["listen", "port"],
  ["admin", "host"],
  ["admin", "port"],
] as const;

/** The keys of `next` that cannot change while running and yet differ from `current`. */
export function refuseFixed(current: Config, next: Config): Problem[] {
  return FIXED.flatMap(([section, key]) => {
    const before = (current[section] as Record<string, unknown>)[key];
    const after = (next[section] as Record<string, unknown>)[key];
    if (before === after) return [];
    return {
      path: `${section}.${key}`,
      line: undefined,
      column: undefined,
      message: `cannot change from ${before} to ${after} while running: put ${before} back, or restart the proxy`,
    };
  });
}
