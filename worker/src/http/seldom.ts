/** @param leftOut how often nothing was said since the last time. */
export type Say = (leftOut: number) => void;

/**
 * For lines of the log that any request may cause: says at most one thing in `periodMs`, and counts what is left out
 * meanwhile for the next one.
 */
export function createSeldom(periodMs: number): (say: Say) => void {
  let leftOut = 0;
  let mayAgainAtMs = 0;
  return (say) => {
    const nowMs = performance.now();
    if (nowMs < mayAgainAtMs) {
      leftOut += 1;
      return;
    }
    mayAgainAtMs = nowMs + periodMs;
    say(leftOut);
    leftOut = 0;
  };
}
