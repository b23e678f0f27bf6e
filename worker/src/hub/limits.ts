/** How long a download waits for what, and how often it tries. Times in milliseconds; tests shorten them. */
export interface HubLimits {
  /** From a request to an open connection, TLS included. */
  readonly connectMs: number;
  /** Longest silence of the server: before its answer, and between two pieces of a body. */
  readonly silenceMs: number;
  /** Failures in a row before it gives up; a download that gets ahead begins to count anew. */
  readonly attempts: number;
  /** Pause after the first failure; doubled after each further one. */
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
  /** Longest pause that a server may ask for (`Retry-After`); one that asks for more is given up. */
  readonly longestRetryAfterMs: number;
  /** Between two lines of log while it waits or downloads: a supervisor takes one that says nothing for dead. */
  readonly reportMs: number;
  /** Between two looks at whether the cache is free. */
  readonly pollMs: number;
  /** Between two signs of life of the process that has the cache. */
  readonly heartbeatMs: number;
  /** Without a sign of life for this long, the process that has the cache hangs. */
  readonly hungMs: number;
}

export const HUB_LIMITS: HubLimits = {
  connectMs: 10_000,
  silenceMs: 30_000,
  attempts: 6,
  firstPauseMs: 500,
  longestPauseMs: 8_000,
  // The hub counts requests in windows of five minutes.
  longestRetryAfterMs: 300_000,
  reportMs: 5_000,
  pollMs: 200,
  heartbeatMs: 5_000,
  hungMs: 60_000,
};
