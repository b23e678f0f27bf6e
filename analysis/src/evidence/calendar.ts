import type { Plan } from "./plan.ts";

const BLOCK_MS = 300_000;
const BLOCKS_A_HORIZON = 1000;
/** In which guardrails are tested apart from what was before. */
export const EPOCHS = 30;

/**
 * Length of a block of time, whole steps: five minutes, longer than a restart takes with what comes of it, or a thousandth
 * of the horizon where an experiment is so short.
 */
export function blockMsOf({ stepMs, analysis }: Plan): number {
  const wantedMs = Math.min(BLOCK_MS, analysis.horizonMs / BLOCKS_A_HORIZON);
  return stepMs * Math.max(1, Math.round(wantedMs / stepMs));
}

/** A thirtieth of the horizon, whole steps: a day of a month. */
export function epochMsOf({ stepMs, analysis }: Plan): number {
  return stepMs * Math.max(1, Math.ceil(analysis.horizonMs / EPOCHS / stepMs));
}
