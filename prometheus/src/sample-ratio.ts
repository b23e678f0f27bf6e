import type { Recording } from "./rule.ts";

/** Points of the scale of `experiment:ab_srm:chi2_adjusted_1h`: chance alone exceeds the first in one hour of twenty, the second in one of a thousand. */
export const SAMPLE_RATIO_QUANTILES = { unusual: "0.95", broken: "0.999" } as const;

/**
 * By number of variants k, (k - 1) · F(k - 1, 99): the dispersion that the statistic is divided by is itself an estimate,
 * from a hundred analysis buckets. From scipy 1.17.1, `(k - 1) * scipy.stats.f.ppf(quantile, k - 1, 99)`.
 */
const POINTS: Readonly<
  Record<keyof typeof SAMPLE_RATIO_QUANTILES, readonly [variants: number, point: number][]>
> = {
  unusual: [
    [2, 3.937],
    [3, 6.176],
    [4, 8.089],
    [5, 9.854],
    [6, 11.53],
    [7, 13.15],
    [8, 14.72],
    [9, 16.27],
    [10, 17.78],
  ],
  broken: [
    [2, 11.5],
    [3, 14.83],
    [4, 17.58],
    [5, 20.08],
    [6, 22.43],
    [7, 24.67],
    [8, 26.83],
    [9, 28.93],
    [10, 30.98],
  ],
};

/** Below it, chi-squared is no good approximation of what chance does, and nothing is said. */
export const SAMPLE_RATIO_EXPECTED = 50;

/**
 * What the sample ratio is compared with. Absent where a variant is to get fewer than 50 requests, or there are more than ten variants.
 * @param expected the series of expected assignments by experiment and variant
 */
export function writeSampleRatioPoints(expected: string): readonly Recording[] {
  const variants = "experiment:ab_srm:variants_1h";
  return [
    {
      record: variants,
      expr: [
        `count by (experiment) (${expected} > 0)`,
        `and on (experiment) min by (experiment) (${expected} > 0) >= ${SAMPLE_RATIO_EXPECTED}`,
      ].join("\n"),
    },
    ...(["unusual", "broken"] as const).map((name) => ({
      record: "experiment:ab_srm:critical_1h",
      labels: { quantile: SAMPLE_RATIO_QUANTILES[name] },
      expr: `${POINTS[name].map(([count, point]) => `${point} * (${variants} == bool ${count})`).join("\n+ ")}\n> 0`,
    })),
  ];
}
