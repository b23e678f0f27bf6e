/** Upper bounds in seconds: preferred numbers from 1 ms to 10 s, which resolve a percentile to a few per cent. */
export const DURATION_BOUNDS: readonly number[] = [
  0.001, 0.0016, 0.0025, 0.004, 0.0063, 0.01, 0.0125, 0.016, 0.02, 0.025, 0.032, 0.04, 0.05, 0.063, 0.08, 0.1,
  0.125, 0.16, 0.2, 0.25, 0.32, 0.4, 0.5, 0.63, 0.8, 1, 1.25, 1.6, 2, 2.5, 3.2, 4, 5, 6.3, 8, 10,
];

/** The proxy's own share of a request is far below a millisecond: bounds from 40 µs. */
export const OVERHEAD_BOUNDS: readonly number[] = [
  0.00004, 0.000063, 0.0001, 0.00016, 0.00025, 0.0004, 0.00063, 0.001, 0.0016, 0.0025, 0.004, 0.0063, 0.01,
  0.016, 0.025, 0.04, 0.063, 0.1,
];

/** From a second to a week: how long after the answer an outcome comes. */
export const DELAY_BOUNDS: readonly number[] = [
  1, 5, 15, 60, 300, 900, 3600, 10_800, 21_600, 43_200, 86_400, 172_800, 259_200, 604_800,
];
