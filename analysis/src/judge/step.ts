import type { Reading } from "../evidence/reading.ts";

/** What was read up to one moment. */
export interface Step {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** In the order of their moments; the last is of `at`. */
  readonly readings: readonly Reading[];
  /** Whether a block ends here, and the evidence is looked at. */
  readonly isLook: boolean;
}

/** Where counters come from. */
export interface Source {
  /** What is past has been read. */
  readonly isCaughtUp: boolean;
  /**
   * Steps after `since` (a look's moment, or nothing where there has been none), as they come to pass. Goes on until the
   * signal; what cannot be read now is logged and tried again.
   */
  steps(since: number | undefined, signal: AbortSignal): AsyncGenerator<Step>;
  /** Steps after `since` up to a moment of the past, or now, and nothing more. Throws where they cannot be read. */
  stepsUntil(since: number | undefined, until: number): AsyncGenerator<Step>;
  /** What it must know after a restart, as JSON. */
  memory(): unknown;
  stop(): Promise<void>;
}

/** The last whole multiple of the step that is not after `at`. */
export function gridBefore(at: number, stepMs: number): number {
  return Math.floor(at / stepMs) * stepMs;
}
