/** What stretch of time the figures are of. */
export interface Span {
  readonly key: string;
  /** For its button. */
  readonly name: string;
  /** As in "of the last 5 minutes". */
  readonly words: string;
  /** Undefined: since each process began. */
  readonly lengthMs: number | undefined;
}

const MINUTE_MS = 60_000;

const SINCE_START: Span = {
  key: "start",
  name: "since start",
  words: "since the processes began",
  lengthMs: undefined,
};

export const SPANS: readonly Span[] = [
  { key: "1m", name: "1 min", words: "the last minute", lengthMs: MINUTE_MS },
  { key: "5m", name: "5 min", words: "the last 5 minutes", lengthMs: 5 * MINUTE_MS },
  { key: "15m", name: "15 min", words: "the last 15 minutes", lengthMs: 15 * MINUTE_MS },
  SINCE_START,
];

export const LONGEST_SPAN_MS = 15 * MINUTE_MS;

/** The span of that key; since the processes began where it is none. */
export function findSpan(key: string | null): Span {
  return SPANS.find((span) => span.key === key) ?? SINCE_START;
}

/** How much of the past each point of a line stands for: enough to have something in it, little enough to see a change. */
export function trailMs({ lengthMs }: Span): number {
  return Math.max(10_000, (lengthMs ?? LONGEST_SPAN_MS) / 15);
}
