import type { WriteAlert } from "../alert.ts";
import type { Pace, Span } from "../duration.ts";
import { BURN_RATES, OBJECTIVES, THRESHOLDS } from "../objectives.ts";
import { percent } from "../percent.ts";
import type { Alert, Recording } from "../rule.ts";
import type { WriteSubject } from "../subject.ts";

/** Read from what was collected. */
const SHORT_WINDOWS: readonly Span[] = ["5m", "30m", "1h"];
/** Added up from what was recorded for five minutes. */
const LONG_WINDOWS: readonly Span[] = ["2h", "6h", "1d", "3d"];
const INTERVAL: Span = "30s";

/** Requests of one kind per second. */
interface Requests {
  /** Recorded for five minutes. */
  readonly series: string;
  readonly rate: (window: string) => string;
}

interface Objective {
  readonly alert: string;
  readonly slo: string;
  /** The promised share. */
  readonly target: number;
  /** The share of bad requests, recorded for each window: `job:ab_requests:error_ratio`. */
  readonly ratio: string;
  readonly all: Requests & {
    /** How many there were, recorded for each long window: `job:ab_requests:increase`. */
    readonly increase: string;
  };
  readonly bad: Requests;
  readonly summary: string;
  readonly description: string;
}

const answered = (window: string) =>
  `sum by (job) (rate(ab_request_duration_seconds_count{status="200"}[${window}]))`;

const ERRORS: Objective = {
  alert: "ABErrorBudgetBurn",
  slo: "errors",
  target: OBJECTIVES.answered,
  ratio: "job:ab_requests:error_ratio",
  all: {
    series: "job:ab_requests:rate5m",
    increase: "job:ab_requests:increase",
    rate: (window) => `sum by (job) (rate(ab_requests_total[${window}]))`,
  },
  bad: {
    series: "job:ab_requests:error_rate5m",
    rate: (window) => `sum by (job) (rate(ab_requests_total{status=~"5.."}[${window}]))`,
  },
  summary: "{{ $value | humanizePercentage }} of the callers get a 5xx",
  description: `The objective is ${percent(OBJECTIVES.answered)} without a 5xx.`,
};
const LATENCY: Objective = {
  alert: "ABLatencyBudgetBurn",
  slo: "latency",
  target: OBJECTIVES.fast,
  ratio: "job:ab_requests:slow_ratio",
  all: {
    series: "job:ab_requests:answered_rate5m",
    increase: "job:ab_requests:answered_increase",
    rate: answered,
  },
  bad: {
    series: "job:ab_requests:slow_rate5m",
    rate: (window) =>
      `${answered(window)} - sum by (job) (rate(ab_request_duration_seconds_bucket{le="${OBJECTIVES.fastSeconds}", status="200"}[${window}]))`,
  },
  summary: `{{ $value | humanizePercentage }} of the 200s take longer than ${OBJECTIVES.fastSeconds} s`,
  description: `The objective is ${percent(OBJECTIVES.fast)} of the 200s within ${OBJECTIVES.fastSeconds} s, from a request's head to the end of its answer.`,
};

/** The gateway's two promises to its callers, and how fast their budgets are spent. */
export const writeSlo: WriteSubject = ({ pace, writeAlert }) => ({
  about: [
    `Two promises: ${percent(OBJECTIVES.answered)} of the requests without a 5xx, ${percent(OBJECTIVES.fast)} of the 200s within ${OBJECTIVES.fastSeconds} s. Alerts compare the rate at which a month's`,
    "budget is spent, in two windows each: the long one says that it matters, the short one that it goes on.",
    "",
    "Windows above an hour add up what was recorded for five minutes: reading days of raw samples at every evaluation would",
    "cost a hundred times as much.",
  ],
  group: {
    name: "slo",
    interval: pace(INTERVAL),
    rules: [
      ...[ERRORS, LATENCY].flatMap(({ all, bad }) => [
        { record: all.series, expr: all.rate(pace("5m")) },
        { record: bad.series, expr: bad.rate(pace("5m")) },
      ]),
      ...[ERRORS, LATENCY].flatMap((objective) => recordRatios(pace, objective)),
      ...[ERRORS, LATENCY].flatMap(({ all }) =>
        BURN_RATES.map(({ long }) => recordRequests(pace, all, long)),
      ),
      ...[ERRORS, LATENCY].flatMap((objective) => writeBurns(pace, writeAlert, objective)),
    ],
  },
});

function recordRatios(pace: Pace, { ratio, bad, all }: Objective): readonly Recording[] {
  return [
    ...SHORT_WINDOWS.map((window) => ({
      record: `${ratio}${window}`,
      expr: `(${bad.rate(pace(window))}) / (${all.rate(pace(window))} > 0)`,
    })),
    ...LONG_WINDOWS.map((window) => ({
      record: `${ratio}${window}`,
      expr: `sum_over_time(${bad.series}[${pace(window)}]) / (sum_over_time(${all.series}[${pace(window)}]) > 0)`,
    })),
  ];
}

/** How many requests there were: rates times the time between two of them. */
function recordRequests(pace: Pace, { series, increase }: Objective["all"], window: Span): Recording {
  return {
    record: `${increase}${window}`,
    expr: `sum_over_time(${series}[${pace(window)}]) * ${pace.seconds(INTERVAL)}`,
  };
}

function writeBurns(pace: Pace, writeAlert: WriteAlert, objective: Objective): readonly Alert[] {
  const { alert, slo, target, ratio, all, summary, description } = objective;
  return BURN_RATES.map(({ severity, factor, long, short, ...burn }) => {
    const limit = Number((factor * (1 - target)).toPrecision(6));
    return writeAlert({
      name: alert,
      expr: [
        `${ratio}${long} > ${limit}`,
        `and on (job) ${ratio}${short} > ${limit}`,
        `and on (job) ${all.increase}${long} >= ${THRESHOLDS.burnRequests}`,
        `and on (job) ${ratio}${long} * on (job) ${all.increase}${long} >= ${THRESHOLDS.burnFailures}`,
      ].join("\n"),
      for: pace(burn.for),
      severity,
      tier: "proxy",
      labels: { slo, window: long },
      summary: `${summary} (${long})`,
      description: `${description} In the last ${long}, and in the last ${short} too, more than ${percent(limit)} failed it: the budget of a month is spent ${factor} times too fast.`,
    });
  });
}
