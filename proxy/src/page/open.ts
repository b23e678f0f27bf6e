import type { Problem } from "../config/problem.ts";
import type { Collected } from "./collection.ts";
import type { OpenSnapshot, ReloadFacts } from "./snapshot.ts";

/** A page has room for these; the log has them all. */
const SHOWN_PROBLEMS = 20;

/** A listener on every address of the machine has none that others could use. */
const EVERY_ADDRESS = /^(0\.0\.0\.0|\[::\]):/;

/**
 * Everything that was said, process by process.
 *
 * @param askedAt address and port by which whoever asks has reached this gateway
 */
export function openSnapshot(
  { at, shape, gateways, workers, reloads }: Collected,
  askedAt: string,
): OpenSnapshot {
  const [own, ...others] = gateways;
  const isReachable = own === undefined || !EVERY_ADDRESS.test(own.address);
  return {
    masked: false,
    at,
    experiment: { name: shape.experiment, phase: shape.phase },
    variants: shape.variants.map(({ name, weight, control }) => ({
      name,
      weight,
      role: control ? "control" : "treatment",
    })),
    gateways: isReachable ? gateways : [{ ...own, address: askedAt }, ...others],
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
