import type {
  Answer,
  Classification,
  Comparison,
  Cost,
  Estimate,
  MetricComparison,
  Validity,
  VariantSummary,
  Verdict,
} from "../../analysis/src/verdict/verdict.ts";
import type { MetricName } from "../../proxy/src/config/analysis-config.ts";

const DAY_MS = 86_400_000;
export const SINCE = Date.UTC(2027, 0, 4);

/** Two models side by side before anybody says which one is the control. */
export interface World {
  readonly answer: Answer;
  /** In file order. */
  readonly names: readonly [string, string];
  /** Index of the control. */
  readonly control: 0 | 1;
  /** Of exposures, as counted by the weights. */
  readonly expected: readonly [number, number];
  readonly exposures: readonly [number, number];
  /** Per cent, of the primary metric. */
  readonly values: readonly [number, number];
  /** Of `values[1] - values[0]`. */
  readonly halfWidth: number;
  readonly metric: MetricName;
  readonly looks: number;
}

const WORLD: World = {
  answer: "better",
  names: ["distilbert", "roberta"],
  control: 0,
  expected: [120_034, 120_034],
  exposures: [119_871, 120_197],
  values: [0.7312, 0.7586],
  halfWidth: 0.0113,
  metric: "accuracy",
  looks: 120,
};

/** A verdict as the judge makes it, with every field filled. */
export function sampleVerdict(changes: Partial<World> = {}): Verdict {
  const world = { ...WORLD, ...changes };
  const { answer, names, control, metric } = world;
  const [one, other] = [names[control], names[control === 0 ? 1 : 0]];
  const isDecided = answer === "better" || answer === "worse" || answer === "no_difference";
  const at = SINCE + world.looks * 6 * 3_600_000;
  return {
    schema: 1,
    experiment: "sentiment-model",
    phase: 2,
    configHashes: ["5f1c0b7a9d3e"],
    analysisHash: "9a27fd0c51b86e43d2a07f11c3b5e6d89a27fd0c51b86e43d2a07f11c3b5e6d8",
    at,
    since: SINCE,
    endsAt: SINCE + 60 * DAY_MS,
    looks: world.looks,
    answer,
    treatment: answer === "invalid" || answer === "not_enough_data" ? null : other,
    decidedAt: isDecided || answer === "guardrail_breached" ? at - 2 * DAY_MS : null,
    headline: `${other} beside ${one}: ${answer}.`,
    reasons: [`${other} less ${one}: what was found so far.`],
    daysLeft: answer === "not_enough_data" ? 11.4 : null,
    metric,
    direction: "increase",
    margin: 0.01,
    alpha: 0.05,
    variants: names.map((name, index) => variantOf(world, name, index as 0 | 1)),
    validity: validityOf(world, at),
    comparisons: [comparisonOf(world, at)],
    costs: names.map(costOf),
    agreements: [
      {
        primary: names[0],
        shadow: names[1],
        count: 1_207,
        agreed: 1_093,
        kappa: 0.8134,
        pairs: [
          { label: "positive", shadowLabel: "positive", count: 611 },
          { label: "negative", shadowLabel: "negative", count: 482 },
          { label: "negative", shadowLabel: "neutral", count: 114 },
        ],
      },
    ],
    stopped:
      answer === "guardrail_breached"
        ? [{ treatment: other, at: at - 2 * DAY_MS, metric: "error_ratio" }]
        : [],
  };
}

function estimate(value: number, halfWidth: number): Estimate {
  return { value, low: value - halfWidth, high: value + halfWidth };
}

function comparisonOf(world: World, at: number): Comparison {
  const { control, names, answer } = world;
  const second = control === 0 ? 1 : 0;
  const guardrail = answer === "guardrail_breached" ? "breached" : "open";
  return {
    treatment: names[second],
    control: names[control],
    metrics: [
      metricOf(world, { kind: "primary", metric: world.metric, decision: primaryDecision(answer), at }),
      metricOf(world, { kind: "guardrail", metric: "error_ratio", decision: guardrail, at }),
      metricOf(world, { kind: "secondary", metric: "macro_recall", decision: "open", at }),
      metricOf(world, { kind: "secondary", metric: "slow_ratio", decision: "open", at }),
    ],
  };
}

function primaryDecision(answer: Answer): MetricComparison["decision"] {
  return answer === "better" || answer === "worse" || answer === "no_difference" ? answer : "open";
}

interface Subject {
  readonly kind: MetricComparison["kind"];
  readonly metric: MetricName;
  readonly decision: MetricComparison["decision"];
  readonly at: number;
}

/** Shares of error are small, everything else is as the primary metric is. */
function metricOf(world: World, { kind, metric, decision, at }: Subject): MetricComparison {
  const { control, values, halfWidth, looks } = world;
  const isSmall = metric === "error_ratio" || metric === "slow_ratio";
  const scale = isSmall ? 0.02 : metric === "macro_recall" ? 0.96 : 1;
  const [controlled, treated] = [values[control] * scale, values[control === 0 ? 1 : 0] * scale];
  const width = halfWidth * (isSmall ? 0.2 : 1);
  const difference = treated - controlled;
  // The sign goes with the difference: so it is the same picture, whichever is the control.
  // A walk that ends where the difference is, as a mean over more and more exposures does.
  let walk = 0;
  const history = Array.from({ length: looks }, (_, index) => {
    const share = (index + 1) / looks;
    walk += Math.sin(index * 12.9898 + 4) * 0.55;
    const error = difference * (walk / Math.sqrt(index + 1)) * (1 / Math.sqrt(share) - 1) * 0.5;
    return {
      at: SINCE + (index + 1) * 6 * 3_600_000,
      difference: estimate(difference + error, width / Math.sqrt(share)),
    };
  });
  return {
    metric,
    kind,
    direction: isSmall ? "decrease" : "increase",
    margin: isSmall ? 0.005 : 0.01,
    alpha: kind === "guardrail" ? 0.025 : 0.05,
    control: controlled,
    treatment: treated,
    difference: estimate(difference, width),
    pooledDifference: difference * 1.13,
    standardErrors: { clustered: width / 3.1, block: width / 3.4 },
    logLikelihoodRatio: 7.412,
    pValue: 0.000604,
    naivePValue: 0.0000123,
    decision,
    decidedAt: decision === "open" ? null : at - 2 * DAY_MS,
    history,
  };
}

function variantOf(world: World, name: string, index: 0 | 1): VariantSummary {
  const exposures = world.exposures[index];
  return {
    name,
    role: index === world.control ? "control" : "treatment",
    exposures,
    expected: world.expected[index],
    errors: Math.round(exposures * 0.0041),
    slow: Math.round(exposures * 0.0173),
    outcomes: {
      true_label: Math.round(exposures * 0.31),
      converted: Math.round(exposures * 0.072),
      ...(world.metric === "revenue" ? { revenue: Math.round(exposures * 0.0713) } : {}),
    },
    coverage: estimate(index === 0 ? 0.3114 : 0.3092, 0.0061),
    classification: classificationOf(index),
    regression: null,
  };
}

function classificationOf(index: 0 | 1): Classification {
  const labels = ["negative", "neutral", "positive"];
  const confusion =
    index === 0
      ? [
          [9_204, 0, 2_017],
          [5_012, 0, 3_908],
          [1_811, 0, 15_322],
        ]
      : [
          [9_611, 1_107, 503],
          [1_903, 5_806, 1_311],
          [702, 1_602, 14_788],
        ];
  const value = index === 0 ? 0.6577 : 0.8091;
  return {
    labels,
    confusion,
    count: confusion.flat().reduce((sum, count) => sum + count, 0),
    accuracy: estimate(value, 0.0052),
    macroRecall: estimate(value - 0.04, 0.0064),
    macroF1: estimate(value - 0.05, 0.0061),
    classes: labels.map((label, place) => {
      const isMissing = index === 0 && label === "neutral";
      return {
        label,
        precision: isMissing ? null : estimate(0.71 + place * 0.06, 0.008),
        recall: isMissing ? estimate(0, 0) : estimate(0.74 + place * 0.05, 0.007),
        f1: isMissing ? null : estimate(0.72 + place * 0.055, 0.007),
        count: 9_000 + place * 4_000,
      };
    }),
    kappa: value - 0.14,
    reweightedAccuracy: value + 0.003,
    worstCase: { low: value * 0.31, high: value * 0.31 + 0.69 },
    byNeutralRule: { "own-class": value, drop: value + 0.11, "to-negative": value + 0.03 },
  };
}

function validityOf({ answer }: World, at: number): Validity {
  const isFailed = answer === "invalid";
  return {
    sampleRatio: {
      check: isFailed ? "failed" : "ok",
      logLikelihoodRatio: isFailed ? 23.418 : -1.207,
      limit: 6.908,
      failedAt: isFailed ? at - DAY_MS : null,
    },
    whale: { check: "ok", largestShare: 0.0231, limit: 0.1 },
    missing: { check: "ok", steps: 3, of: 8_640 },
    comparable: isFailed
      ? { check: "failed", differences: ["threads: distilbert 2, roberta 4"] }
      : { check: "ok", differences: [] },
    contamination: { requests: 118, share: 0.000491 },
    coverage: { check: "ok", difference: estimate(-0.0022, 0.0086) },
    incorrectOnly: false,
  };
}

function costOf(variant: string, index: number): Cost {
  return {
    variant,
    replicas: 2,
    predictions: 120_000 + index,
    meanLatencySeconds: index === 0 ? 0.0123 : 0.0311,
    p50LatencySeconds: index === 0 ? 0.0117 : 0.0296,
    p99LatencySeconds: index === 0 ? 0.0312 : 0.0774,
    residentBytes: index === 0 ? 187_432_960 : 402_653_184,
    cpuSecondsPerThousand: index === 0 ? 11.4 : 29.7,
  };
}
