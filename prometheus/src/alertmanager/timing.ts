import { assertScale, realSeconds, type Span } from "../duration.ts";

/** Alertmanager looks at a group this often at most; 0 stays 0. */
const SHORTEST_MS = 100;

/** How long the waits of one configuration are: `pace("5m")` as Alertmanager reads it. */
export type Pace = (nominal: Span) => string;

/**
 * The rules' own scale has a floor of seconds, because rates stand on samples. Waits of Alertmanager need none, and at
 * 1/30 the ten seconds before a page should be a third of one.
 *
 * @param timeScale how long a second of real life lasts, in seconds
 * @throws RangeError for a scale that is no number above 0 and at most 1
 */
export function createPace(timeScale: number): Pace {
  assertScale(timeScale, String(timeScale));
  return (nominal) => {
    const seconds = realSeconds(nominal);
    if (timeScale === 1 || seconds === 0) return nominal;
    return `${Math.max(Math.round(seconds * timeScale * 1_000), SHORTEST_MS)}ms`;
  };
}
