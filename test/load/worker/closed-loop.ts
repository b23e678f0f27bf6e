import { setTimeout as pause } from "node:timers/promises";
import { Caller } from "../support/caller.ts";
import { failureOf } from "../support/crowd.ts";
import { Kinds } from "../support/findings.ts";
import { Latencies } from "../support/latency.ts";

/** More than any queue of these runs holds back an answer. */
export const PATIENCE_MS = 90_000;

export interface Loop {
  readonly port: number;
  readonly callers: number;
  /** Left out before it is counted, until compiled code and queue are as they stay. */
  readonly warmUpMs?: number;
  /** Between an answer and the next request of the same caller. */
  readonly pauseMs?: number;
  /** What a caller that was refused waits, in place of `pauseMs`. */
  readonly refusedPauseMs?: number;
  readonly request: () => { readonly bytes: string; readonly texts: number };
}

export interface Looped {
  /** Texts whose answers came within the counted time, a second. */
  readonly textsPerSecond: number;
  readonly requests: number;
  /** Of answers with 200. */
  readonly latencies: Latencies;
  /** Everything but 200. */
  readonly refused: Kinds;
}

/** Callers that ask again as soon as they are answered, for a time. */
export function loopFor(loop: Loop, countedMs: number): Promise<Looped> {
  const ends = performance.now() + (loop.warmUpMs ?? 0) + countedMs;
  return loopWhile(loop, () => performance.now() < ends);
}

/** @param more asked before each request. */
export async function loopWhile(loop: Loop, more: () => boolean): Promise<Looped> {
  const { warmUpMs = 0, pauseMs = 0, refusedPauseMs = pauseMs } = loop;
  const latencies = new Latencies();
  const refused = new Kinds();
  const countedFromMs = performance.now() + warmUpMs;
  let [texts, requests, countedToMs] = [0, 0, countedFromMs];
  const call = async () => {
    const caller = new Caller(loop.port, PATIENCE_MS);
    while (more()) {
      const { bytes, texts: asked } = loop.request();
      const startMs = performance.now();
      const outcome = await caller.call(bytes);
      const endMs = performance.now();
      const failure = failureOf(outcome);
      // What ends after the load does would stretch the time with an emptying queue.
      if (endMs >= countedFromMs && more()) {
        requests++;
        countedToMs = endMs;
        if (failure === undefined) {
          texts += asked;
          latencies.add(endMs - startMs);
        } else refused.add(failure);
      }
      const restMs = failure === undefined ? pauseMs : refusedPauseMs;
      if (restMs > 0) await pause(restMs);
    }
    caller.close();
  };
  await Promise.all(Array.from({ length: loop.callers }, call));
  const textsPerSecond = texts / ((countedToMs - countedFromMs) / 1000);
  return { textsPerSecond, requests, latencies, refused };
}
