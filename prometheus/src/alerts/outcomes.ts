import { THRESHOLDS } from "../objectives.ts";
import { percent } from "../percent.ts";
import type { WriteSubject } from "../subject.ts";

/** Metrics that need nobody to report anything. */
const OF_THE_GATEWAY = "error_ratio|slow_ratio";

/** Whether what is reported about answers arrives, and whether users meet one variant only. */
export const writeOutcomes: WriteSubject = ({ pace, writeAlert }) => {
  const day = pace("1d");
  const outcomes = (span: string) => `sum by (experiment) (increase(ab_outcomes_total[${span}]))`;
  // One for each decision that counts, in a hundredth of the series that exposures have.
  const exposures = `sum by (experiment) (increase(ab_expected_assignments_total[${day}]`;
  const rejected = `sum(increase(ab_outcomes_rejected_total{reason!="duplicate"}[${pace("1h")}]))`;
  const counted = `sum(increase(ab_outcomes_total[${pace("1h")}]))`;
  const contaminated = `sum by (experiment) (increase(ab_contaminated_requests_total[${day}]))`;
  return {
    about: [
      "Outcomes: does what happened after the answers still arrive, and is it taken? Whether anybody should report is known",
      "by the primary metric, or by that somebody did within a week. Users whose header and cookie lead to different",
      "variants are in no variant's users, and in both variants' counts.",
    ],
    group: {
      name: "outcomes",
      interval: pace("5m"),
      rules: [
        writeAlert({
          name: "ABOutcomeFeedStale",
          expr: [
            `${outcomes(day)} == 0`,
            `and on (experiment) ${exposures} offset ${day})) >= ${THRESHOLDS.outcomeExposures}`,
            `and on (experiment) (${outcomes(pace("7d"))} > 0`,
            `  or group by (experiment) (ab_verdict_decision_info{kind="primary", metric!~"${OF_THE_GATEWAY}"}))`,
          ].join("\n"),
          for: pace("1h"),
          severity: "ticket",
          tier: "experiment",
          summary: "{{ $labels.experiment }}: no outcome has been reported for a day",
          description: `The day before there were ${THRESHOLDS.outcomeExposures} answers or more to report about. Whatever sends outcomes (POST /-/outcomes, outcomes send) has stopped, and tokens that grow too old are lost for good.`,
        }),
        writeAlert({
          name: "ABOutcomesRejected",
          expr: [
            `${rejected} / (${rejected} + ${counted}) > ${THRESHOLDS.rejectedRatio}`,
            `and ${rejected} >= ${THRESHOLDS.rejectedOutcomes}`,
          ].join("\n"),
          for: pace("15m"),
          severity: "ticket",
          tier: "experiment",
          summary: "{{ $value | humanizePercentage }} of the reported outcomes are refused",
          description: `More than ${percent(THRESHOLDS.rejectedRatio)} of the last hour's reports were refused, repetitions not counted. What is refused is not counted for either variant, and the sender has been told why.`,
        }),
        writeAlert({
          name: "ABOutcomeJournalFailed",
          expr: "max by (job, instance) (ab_outcome_journal_up) == 0",
          for: pace("1m"),
          severity: "ticket",
          tier: "experiment",
          summary: "{{ $labels.instance }} cannot write its journal: it refuses outcomes",
          description:
            "Outcomes are acknowledged only once they are on disk. Senders are told to try again; what they do not send again is lost.",
        }),
        writeAlert({
          name: "ABOutcomeTokensNearLimit",
          expr: `sum(increase(ab_outcome_tokens_total[${pace("30d")}])) > ${THRESHOLDS.tokensRatio} * 2 ^ 32`,
          severity: "ticket",
          tier: "experiment",
          summary: "{{ $value | humanize }} tokens of outcomes were given in thirty days",
          description: `One secret is good for 2^32 tokens, all replicas together: with more, two of them may have the same nonce. More than ${percent(THRESHOLDS.tokensRatio)} of that were given in thirty days, so that a secret must not be the first one for longer.`,
        }),
        writeAlert({
          name: "ABContamination",
          expr: [
            `${contaminated} / ${exposures})) > ${THRESHOLDS.contaminatedRatio}`,
            `and on (experiment) ${contaminated} >= ${THRESHOLDS.contaminatedRequests}`,
          ].join("\n"),
          for: pace("15m"),
          severity: "ticket",
          tier: "experiment",
          summary:
            "{{ $labels.experiment }}: {{ $value | humanizePercentage }} of the requests are of users who meet both variants",
          description: `In the last day, the id header and the session cookie of more than ${percent(THRESHOLDS.contaminatedRatio)} of the requests led to different variants. Every difference is about that much smaller than it really is.`,
        }),
      ],
    },
  };
};
