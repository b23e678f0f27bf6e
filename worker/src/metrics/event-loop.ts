import { monitorEventLoopDelay } from "node:perf_hooks";

export interface EventLoopLag {
  /** 99th percentile of the delay over the last one to two periods, in seconds. Reading changes nothing. */
  p99Seconds(): number;
  stop(): void;
}

const RESOLUTION_MS = 10;
const PERIOD_MS = 15_000;

/** Calls `rotate` once per period. @returns what ends that. */
export type Rotation = (rotate: () => void) => () => void;

/**
 * Event loop delay that any number of scrapers can read: prom-client's own gauges start afresh at every
 * scrape, so a second reader would steal what the first should have seen.
 *
 * Two monitors, each reset every second period in turn, and the older one is read. One alone would lose a
 * stall that begins at its reset, because the first interval after a reset is not recorded.
 */
export function watchEventLoop(rotation: Rotation = everyPeriod): EventLoopLag {
  let older = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  let younger = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  older.enable();
  younger.enable();
  const endRotation = rotation(() => {
    older.reset();
    [older, younger] = [younger, older];
  });
  return {
    p99Seconds() {
      // An empty monitor reports 511 ns; a recorded value is the whole interval, timer resolution included.
      const lagMs = older.count === 0 ? 0 : older.percentile(99) / 1e6 - RESOLUTION_MS;
      return Math.max(0, lagMs) / 1000;
    },
    stop() {
      endRotation();
      older.disable();
      younger.disable();
    },
  };
}

function everyPeriod(rotate: () => void): () => void {
  const timer = setInterval(rotate, PERIOD_MS).unref();
  return () => clearInterval(timer);
}
