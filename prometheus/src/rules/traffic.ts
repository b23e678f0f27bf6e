import { THRESHOLDS } from "../objectives.ts";
import { percent } from "../percent.ts";
import type { WriteSubject } from "../subject.ts";

/** What callers of each variant got, as the gateway counted it: an outage of a worker is only seen there. */
export const writeTraffic: WriteSubject = ({ pace, writeAlert }) => {
  const requests = 'ab_requests_total{model_version!="none"}';
  const errors = 'ab_requests_total{model_version!="none", status=~"5.."}';
  return {
    about: [
      "Requests and the share of 5xx of each variant, as callers saw them. Requests that were refused before they were",
      'assigned (model_version="none") are no variant\'s.',
    ],
    group: {
      name: "traffic",
      rules: [
        {
          record: "model_version:ab_requests:rate5m",
          expr: `sum by (model_version) (rate(${requests}[${pace("5m")}]))`,
        },
        {
          record: "model_version:ab_requests:error_ratio5m",
          expr: `sum by (model_version) (rate(${errors}[${pace("5m")}])) / (model_version:ab_requests:rate5m > 0)`,
        },
        writeAlert({
          name: "VariantErrorRatioHigh",
          expr: [
            `model_version:ab_requests:error_ratio5m > ${THRESHOLDS.variantErrorRatio}`,
            `and on (model_version) model_version:ab_requests:rate5m * ${pace.seconds("5m")} >= ${THRESHOLDS.variantRequests}`,
          ].join("\n"),
          for: pace("5m"),
          severity: "ticket",
          tier: "experiment",
          summary: "{{ $labels.model_version }}: {{ $value | humanizePercentage }} of its callers get a 5xx",
          description: `More than ${percent(THRESHOLDS.variantErrorRatio)} of the requests assigned to {{ $labels.model_version }} in the last five minutes ended with a 5xx. The burn-rate alerts look at all variants together; a variant with few users can be broken without them.`,
        }),
      ],
    },
  };
};
