import type { Config } from "../config/config.ts";
import { refuseFixed } from "../config/fixed.ts";
import { createAssignment } from "../experiment/assignment.ts";
import { findMoves, type Move, type NamedWeight } from "../experiment/moves.ts";
import { findChanges } from "./changes.ts";
import { findNewPhase, type NewPhase } from "./new-phase.ts";
import type { Remark } from "./warnings.ts";

/** What a changed salt does, found by assigning ids under both. */
export interface Reassignment {
  readonly sampled: number;
  /** How many of them change their variant. */
  readonly moved: number;
}

export interface Comparison {
  /** Empty where the salt changed: then no range of buckets says who moves. */
  readonly moves: readonly Move[];
  /** Undefined unless the salt changed. */
  readonly reassignment: Reassignment | undefined;
  /** Beside the weights: what the experiment or its users notice. */
  readonly changes: readonly Remark[];
  readonly newPhase: NewPhase;
  /** What a running gateway refuses to change. */
  readonly restarts: readonly Remark[];
}

const SAMPLED_IDS = 100_000;

/** What happens to the users when `next` replaces `current`. `now` is milliseconds since the epoch. */
export function compare(current: Config, next: Config, now: number): Comparison {
  const isResalted = current.experiment.salt !== next.experiment.salt;
  return {
    moves: isResalted ? [] : findMoves(current.variants, next.variants),
    reassignment: isResalted ? sampleReassignment(current, next) : undefined,
    changes: findChanges(current, next, now),
    newPhase: findNewPhase(current, next),
    restarts: refuseFixed(current, next).map(({ path, message }) => ({ path, message })),
  };
}

function sampleReassignment(current: Config, next: Config): Reassignment {
  const [before, after] = [variantOf(current), variantOf(next)];
  let moved = 0;
  for (let number = 0; number < SAMPLED_IDS; number++) {
    const id = `user-${number}`;
    if (before(id) !== after(id)) moved++;
  }
  return { sampled: SAMPLED_IDS, moved };
}

function variantOf({ experiment, variants }: Config): (id: string) => string | undefined {
  const names: readonly NamedWeight[] = variants;
  const { assign } = createAssignment({
    salt: experiment.salt,
    weights: variants.map(({ weight }) => weight),
  });
  return (id) => names[assign(id).variant]?.name;
}
