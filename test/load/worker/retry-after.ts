import type { Arrival } from "./open-loop.ts";

export interface RetryAfterVerdict {
  readonly refusals: number;
  readonly withoutHeader: number;
  readonly right: number;
  /** Seconds that the backlog really took, of all refusals. */
  readonly needed: readonly number[];
  /** Seconds that were said. */
  readonly said: readonly number[];
}

const SLACK_SECONDS = 1;
const SLACK_FACTOR = 2;

/**
 * Judges every refusal's `Retry-After` against what was right: the time from the refusal until as many texts had been
 * answered as were waiting at that moment (sent before and answered with 200 after it). Counted so, and not by
 * following each waiting text, because a fair queue answers them in another order than they came; the backlog is
 * the same. Right is within a factor of two, or within a second, which is as fine as the header is.
 */
export function judgeRetryAfter(arrivals: readonly Arrival[]): RetryAfterVerdict {
  const accepted = arrivals.filter(({ kind }) => kind === "200");
  const sent = accepted.map(({ sentMs }) => sentMs).sort((a, b) => a - b);
  const answered = accepted.map(({ answeredMs }) => answeredMs).sort((a, b) => a - b);
  const needed: number[] = [];
  const said: number[] = [];
  let [withoutHeader, right] = [0, 0];
  const refused = arrivals.filter(({ kind }) => kind === "429");
  for (const { answeredMs, retryAfterSeconds } of refused) {
    if (retryAfterSeconds === undefined) {
      withoutHeader++;
      continue;
    }
    const lastOfBacklog = answered[countUpTo(sent, answeredMs) - 1];
    const neededSeconds = Math.max(0, (lastOfBacklog ?? answeredMs) - answeredMs) / 1000;
    needed.push(neededSeconds);
    said.push(retryAfterSeconds);
    if (isRight(retryAfterSeconds, neededSeconds)) right++;
  }
  return { refusals: refused.length, withoutHeader, right, needed, said };
}

export function isRight(saidSeconds: number, neededSeconds: number): boolean {
  if (Math.abs(saidSeconds - neededSeconds) <= SLACK_SECONDS) return true;
  return saidSeconds <= neededSeconds * SLACK_FACTOR && saidSeconds >= neededSeconds / SLACK_FACTOR;
}

/** How many of the ascending times are not after `atMs`. */
function countUpTo(times: readonly number[], atMs: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) <= atMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
