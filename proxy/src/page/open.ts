import type { Problem } from "../config/problem.ts";
import type { Collected } from "./collection.ts";
import type { OpenSnapshot, ReloadFacts } from "./snapshot.ts";

/** A page has room for these; the log has them all. */
const SHOWN_PROBLEMS = 20;

/** Everything that was said, process by process. */
export function openSnapshot({ at, shape, gateways, workers, reloads }: Collected): OpenSnapshot {
  return {
    masked: false,
    at,
    experiment: { name: shape.experiment, phase: shape.phase },
    variants: shape.variants.map(({ name, weight, control }) => ({
      name,
      weight,
      role: control ? "control" : "treatment",
    })),
    gateways,
    workers,
    reloads: reloads.toReversed().map(
      (outcome): ReloadFacts => ({
        at: outcome.at,
        result: outcome.result,
        trigger: outcome.trigger,
        problems: outcome.problems.slice(0, SHOWN_PROBLEMS).map(describe),
      }),
    ),
  };
}

function describe({ path, line, message }: Problem): string {
  const place = path === "" ? message : `${path}: ${message}`;
  return line === undefined ? place : `line ${line}: ${place}`;
}
