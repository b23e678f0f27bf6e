import { THRESHOLDS } from "../objectives.ts";
import { writeSampleRatioPoints } from "../sample-ratio.ts";
import type { WriteSubject } from "../subject.ts";

/**
 * Does the traffic follow the weights? All of it is descriptive: the statistic of a sliding window crosses any threshold
 * sooner or later without any fault, so no alert of a sample-ratio mismatch stands on it.
 */
export const writeExperiment: WriteSubject = ({ pace, writeAlert }) => {
  const exposures = "ab_bucket_requests_total";
  const expected = "ab_expected_assignments_total";
  const hour = pace("1h");
  const tenMinutes = pace("10m");
  const perBucket = "experiment_bucket:ab_exposures:increase1h";
  return {
    about: [
      "Exposures against what the weights predict. Expectations are counted at each decision, so they stay right when the",
      "weights change. Users are assigned and requests are counted, so chance does more than chi-squared says: dispersion is",
      "by how much (the variance of the requests per analysis bucket over their mean), and the adjusted statistic is",
      "divided by it; the critical series are what chance alone rarely exceeds, by the number of variants. On a sliding",
      "window it describes and proves nothing: there is no alert on it.",
    ],
    group: {
      name: "experiment",
      interval: pace("30s"),
      rules: [
        {
          record: "experiment_model_version:ab_exposures:increase1h",
          expr: `sum by (experiment, model_version) (increase(${exposures}[${hour}]))`,
        },
        {
          record: "experiment_model_version:ab_expected_assignments:increase1h",
          expr: `sum by (experiment, model_version) (increase(${expected}[${hour}]))`,
        },
        {
          record: perBucket,
          expr: `sum by (experiment, bucket) (increase(${exposures}[${hour}]))`,
        },
        {
          record: "experiment:ab_requests:dispersion1h",
          expr: [
            "clamp_min(",
            `  stdvar by (experiment) (${perBucket})`,
            `  * count by (experiment) (${perBucket}) / (count by (experiment) (${perBucket}) - 1 > 0)`,
            `  / (avg by (experiment) (${perBucket}) > 0),`,
            "  1)",
          ].join("\n"),
        },
        {
          record: "experiment:ab_srm:chi2_1h",
          expr: [
            "sum by (experiment) (",
            "  (experiment_model_version:ab_exposures:increase1h - experiment_model_version:ab_expected_assignments:increase1h) ^ 2",
            "  / (experiment_model_version:ab_expected_assignments:increase1h > 0))",
          ].join("\n"),
        },
        {
          record: "experiment:ab_srm:chi2_adjusted_1h",
          expr: "experiment:ab_srm:chi2_1h / experiment:ab_requests:dispersion1h",
        },
        ...writeSampleRatioPoints("experiment_model_version:ab_expected_assignments:increase1h"),
        writeAlert({
          name: "VariantWithoutTraffic",
          expr: [
            `sum by (experiment, model_version) (increase(${exposures}[${tenMinutes}])) == 0`,
            "and on (experiment, model_version)",
            `sum by (experiment, model_version) (increase(${expected}[${tenMinutes}]))`,
            `/ on (experiment) group_left () experiment:ab_requests:dispersion1h >= ${THRESHOLDS.expectedUsers}`,
          ].join("\n"),
          for: pace("5m"),
          severity: "ticket",
          tier: "experiment",
          summary:
            "{{ $labels.experiment }}: no answer of {{ $labels.model_version }} has left for ten minutes",
          description: `The weights give {{ $labels.model_version }} the requests of ${THRESHOLDS.expectedUsers} users or more in ten minutes, and not one caller got an answer of it, not even an error.`,
        }),
      ],
    },
  };
};
