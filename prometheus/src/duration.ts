/** A span as Prometheus writes it: `30s`, `5m`, `6h`, `3d`. */
export type Span = `${number}${"s" | "m" | "h" | "d"}`;

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/**
 * The shortest span that a scale makes, in seconds. A rate needs two samples and stands on four; drills, which are
 * what scales are for, scrape every second.
 */
const SHORTEST_SECONDS = 5;

/** How long a nominal span is in real life. */
export function realSeconds(nominal: Span): number {
  return Number(nominal.slice(0, -1)) * SECONDS[nominal.slice(-1) as keyof typeof SECONDS];
}

/**
 * The length of a nominal span when a second of real life lasts `timeScale` seconds, in whole seconds: at 1/30 an hour
 * is 120. Never shorter than 5 s, unless the nominal span itself is.
 */
export function seconds(nominal: Span, timeScale: number): number {
  const unscaled = realSeconds(nominal);
  return Math.max(Math.round(unscaled * timeScale), Math.min(unscaled, SHORTEST_SECONDS));
}

/** The same as Prometheus reads it. Every window, `for`, `offset`, `keep_firing_for` and interval of a rule comes from here. */
export function duration(nominal: Span, timeScale: number): string {
  return timeScale === 1 ? nominal : `${seconds(nominal, timeScale)}s`;
}

/** How long the spans of one set of rules are. */
export interface Pace {
  (nominal: Span): string;
  seconds(nominal: Span): number;
}

/** @throws RangeError for a scale that is no number above 0 and at most 1 */
export function createPace(timeScale: number): Pace {
  assertScale(timeScale, String(timeScale));
  return Object.assign((nominal: Span) => duration(nominal, timeScale), {
    seconds: (nominal: Span) => seconds(nominal, timeScale),
  });
}

/** Reads `0.1` or `1/30`. @throws RangeError with what to write instead */
export function parseScale(text: string): number {
  const [, dividend, divisor = "1"] = /^(\d+(?:\.\d+)?)(?:\/(\d+(?:\.\d+)?))?$/.exec(text) ?? [];
  const scale = Number(dividend) / Number(divisor);
  assertScale(scale, text);
  return scale;
}

/** @throws RangeError for a scale that is no number above 0 and at most 1 */
export function assertScale(timeScale: number, written: string): void {
  if (timeScale > 0 && timeScale <= 1) return;
  throw new RangeError(
    `"${written}" is no time scale; give a number above 0 and at most 1, such as 0.1 or 1/30`,
  );
}
