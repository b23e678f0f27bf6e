import { untilMoment } from "../../judge/clock.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** What is not sent in time is tried again for most of an hour, and then on the next day. */
const ATTEMPTS = 6;
const PAUSE_MS = 10 * MINUTE_MS;

export interface Daily {
  /** Milliseconds after midnight, UTC. */
  readonly timeOfDayMs: number;
  /** At the start, too. */
  readonly isNow: boolean;
}

export interface Days {
  readonly now: () => number;
  readonly signal: AbortSignal;
  /** Never rejects; false where nobody was told. */
  send(): Promise<boolean>;
  /** Resolves at a moment, in milliseconds since 1970, or with the signal. */
  readonly until?: (at: number) => Promise<void>;
}

/** Sends every day at a time, until the signal. */
export async function sendDaily({ timeOfDayMs, isNow }: Daily, days: Days): Promise<void> {
  const { now, signal, send, until = (at) => untilMoment(at, now, signal) } = days;
  let at = isNow ? now() : nextTime(timeOfDayMs, now());
  for (let attempt = 1; ; attempt++) {
    await until(at);
    if (signal.aborted) return;
    const isDone = (await send()) || attempt === ATTEMPTS;
    if (isDone) attempt = 0;
    const next = nextTime(timeOfDayMs, now());
    at = isDone ? next : Math.min(next, now() + PAUSE_MS);
  }
}

/** @param after milliseconds since 1970; days of UTC all have the same length */
export function nextTime(timeOfDayMs: number, after: number): number {
  const today = Math.floor(after / DAY_MS) * DAY_MS + timeOfDayMs;
  return today > after ? today : today + DAY_MS;
}
