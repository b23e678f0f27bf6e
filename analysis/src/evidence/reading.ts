/** One counter or gauge of one process. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What one process said at one moment. */
export interface ProcessReading {
  /** Tells processes apart; the same after a restart at the same address. */
  readonly process: string;
  readonly tier: "gateway" | "worker";
  /** Another one at each start; undefined where that is not known. */
  readonly instance?: string | undefined;
  /**
   * Undefined where it could not be read: then its counters stand as they were. Where it was read and a series of before
   * is not there, that series begins again at 0.
   */
  readonly samples: readonly Sample[] | undefined;
}

/** Everything that was read for one moment. */
export interface Reading {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly processes: readonly ProcessReading[];
}
