import type { Evidence } from "../evidence/evidence.ts";
import type { Plan } from "../evidence/plan.ts";
import { isCountedWithRequest } from "./minimum.ts";

/** When the primary metric may be decided. */
export interface Calendar {
  readonly since: number | null;
  readonly endsAt: number | null;
  /** Truth needs time: nothing is decided on it before the first answers' has come. */
  readonly opensAt: number;
  /** The horizon, and the time that truth takes after it. */
  readonly closesAt: number;
  /** Planned looks that are due at `at`; 0 where there are none. */
  due(at: number): number;
}

export function calendarOf({ analysis }: Plan, { since }: Evidence): Calendar {
  const delayMs = isCountedWithRequest(analysis.metric) ? 0 : analysis.maturityMs;
  const looks = analysis.plannedLooks;
  if (since === null) return { since, endsAt: null, opensAt: Infinity, closesAt: Infinity, due: () => 0 };
  return {
    since,
    endsAt: since + analysis.horizonMs,
    opensAt: since + delayMs,
    closesAt: since + analysis.horizonMs + delayMs,
    due: (at) =>
      looks === undefined
        ? 0
        : Math.max(0, Math.min(looks, Math.floor(((at - since - delayMs) / analysis.horizonMs) * looks))),
  };
}
