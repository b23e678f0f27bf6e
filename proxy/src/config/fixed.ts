import type { Config } from "./config.ts";
import type { Problem } from "./problem.ts";

/** What a bound socket cannot follow: as the file calls it, and as a message shows it. */
const FIXED: readonly (readonly [string, (config: Config) => string | number | boolean])[] = [
  ["listen.host", ({ listen }) => listen.host],
  ["listen.port", ({ listen }) => listen.port],
  ["listen.unix", ({ listen }) => listen.unix ?? "none"],
  ["listen.reuse_port", ({ listen }) => listen.reusePort],
  // Its certificate may change, and is taken anew.
  ["listen.tls", ({ listen }) => (listen.tls === undefined ? "none" : "TLS")],
  ["admin.host", ({ admin }) => admin.host],
  ["admin.port", ({ admin }) => admin.port],
  // It was read before anybody was answered.
  ["outcomes.journal", ({ outcomes }) => outcomes?.journal ?? "none"],
];

/** The keys of `next` that cannot change while running and yet differ from `current`. */
export function refuseFixed(current: Config, next: Config): Problem[] {
  return FIXED.flatMap(([path, show]) => {
    const before = show(current);
    const after = show(next);
    if (before === after) return [];
    return {
      path,
      line: undefined,
      column: undefined,
      message: `cannot change from ${before} to ${after} while running: put ${before} back, or restart the proxy`,
    };
  });
}
