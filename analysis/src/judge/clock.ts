import { setTimeout as pause } from "node:timers/promises";

/** A timer may be early by a millisecond, and the clock may be set. */
const LONGEST_PAUSE_MS = 60_000;

/** Resolves at a moment of the wall clock, or with the signal. */
export async function untilMoment(at: number, now: () => number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const leftMs = at - now();
    if (leftMs <= 0) return;
    try {
      await pause(Math.min(Math.ceil(leftMs), LONGEST_PAUSE_MS), undefined, { signal });
    } catch {
      return;
    }
  }
}
