import { monitorEventLoopDelay } from "node:perf_hooks";

/**
 * The 99th percentile of the event loop's delay over the last one to two windows. Rotated by a timer and not
 * by a scrape, so that several scrapers see the same value.
 */
export function watchEventLoop(windowMs = 15_000) {
  const monitor = monitorEventLoopDelay({ resolution: 10 });
  monitor.enable();
  let previous = 0;
  // The histogram records the whole interval between two ticks, the timer's own 10 ms included.
  const current = () => (monitor.count === 0 ? 0 : Math.max(0, monitor.percentile(99) / 1e9 - 0.01));
  const timer = setInterval(() => {
    previous = current();
    monitor.reset();
  }, windowMs).unref();
  return {
    /** Seconds. */
    p99: () => Math.max(previous, current()),
    stop(): void {
      clearInterval(timer);
      monitor.disable();
    },
  };
}
