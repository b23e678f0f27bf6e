export interface RestartBudget {
  /** Deaths older than this are forgotten. */
  windowMs: number;
  /** Pause before each restart within the window; one death more than there are pauses ends everything. */
  pausesMs: readonly number[];
}

export interface RestartDecision {
  /** The deaths still inside the window, this one included; hand them in again at the next death. */
  deaths: readonly number[];
  /** How long to wait before the next start; undefined when the budget is spent. */
  pauseMs: number | undefined;
}

/** Three deaths in a minute are too many. */
export const RESTART_BUDGET: RestartBudget = { windowMs: 60_000, pausesMs: [500, 2_000] };

/** `now` and `deaths` are readings of one monotonic clock, in milliseconds. */
export function recordDeath(
  budget: RestartBudget,
  earlierDeaths: readonly number[],
  now: number,
): RestartDecision {
  const deaths = [...earlierDeaths.filter((death) => now - death < budget.windowMs), now];
  return { deaths, pauseMs: budget.pausesMs[deaths.length - 1] };
}
