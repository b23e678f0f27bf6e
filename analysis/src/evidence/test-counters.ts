import type { Plan } from "./plan.ts";
import type { ProcessReading, Reading, Sample } from "./reading.ts";

export const STEP_MS = 60_000;

/** As a configuration's defaults are, with labels, a rating and a control named a, a treatment named b. */
export function testPlan(
  analysis: Partial<Plan["analysis"]> = {},
  more: Partial<Omit<Plan, "analysis">> = {},
): Plan {
  return {
    experiment: "e",
    phase: 2,
    variants: [
      { name: "a", control: true },
      { name: "b", control: false },
    ],
    plain: ["correct", "incorrect", "converted", "true_label"],
    numeric: [{ name: "rating", min: -1, max: 4 }],
    labels: ["negative", "neutral", "positive"],
    stepMs: STEP_MS,
    analysis: {
      metric: "error_ratio",
      direction: "decrease",
      margin: 0.01,
      alpha: 0.05,
      guardrailAlpha: 0.05,
      tau: 0.02,
      horizonMs: 100 * STEP_MS,
      plannedLooks: undefined,
      maturityMs: 0,
      neutral: "own-class",
      slowerThanMs: 500,
      guardrails: [],
      secondary: [],
      ...analysis,
    },
    ...more,
  };
}

/** Of variants, in the order of the weights. */
const NAMES = ["a", "b", "c"];

type Labels = Readonly<Record<string, string>>;

/** The counters of one gateway, written as tests need them. */
export class TestCounters {
  readonly #values = new Map<string, { name: string; labels: Labels; value: number }>();
  /** Labels of every counter that is not told otherwise. */
  labels: Labels = { experiment: "e", phase: "2", stratum: "50/50" };

  add(name: string, variant: string, bucket: number, count: number, more: Labels = {}): void {
    this.#add(
      name,
      {
        ...this.labels,
        model_version: variant,
        bucket: String(bucket).padStart(2, "0"),
        ...more,
      },
      count,
    );
  }

  /** Exposures, with what is expected of and decided for them, and how many of them failed. */
  expose(variant: string, bucket: number, exposures: number, errors = 0): void {
    for (const [index, weight] of (this.labels.stratum ?? "").split("/").entries())
      this.add(
        "ab_bucket_expected_assignments_total",
        NAMES[index] ?? "",
        bucket,
        (exposures * Number(weight)) / 100,
      );
    this.add("ab_bucket_assignments_total", variant, bucket, exposures);
    this.add("ab_bucket_requests_total", variant, bucket, exposures);
    this.add("ab_bucket_errors_total", variant, bucket, errors);
  }

  outcome(variant: string, bucket: number, outcome: string, count = 1): void {
    this.add("ab_bucket_outcomes_total", variant, bucket, count, { outcome });
  }

  truth(variant: string, bucket: number, truth: string, predicted: string, count = 1): void {
    this.outcome(variant, bucket, "true_label", count);
    this.add("ab_bucket_predictions_total", variant, bucket, count, { predicted_label: predicted });
    this.add("ab_bucket_confusion_total", variant, bucket, count, {
      true_label: truth,
      predicted_label: predicted,
    });
  }

  total(name: string, count: number, labels: Labels): void {
    const { experiment = "", phase = "" } = this.labels;
    this.#add(name, { experiment, phase, ...labels }, count);
  }

  /** Every counter begins again. */
  restart(): void {
    this.#values.clear();
  }

  samples(): readonly Sample[] {
    return [...this.#values.values()].map((one) => ({ ...one }));
  }

  #add(name: string, labels: Labels, count: number): void {
    const key = JSON.stringify([name, labels]);
    const known = this.#values.get(key) ?? { name, labels, value: 0 };
    known.value += count;
    this.#values.set(key, known);
  }
}

/** One gateway was read at the end of a step; undefined samples where it could not be. */
export function readingOf(
  step: number,
  samples: readonly Sample[] | undefined,
  others: readonly ProcessReading[] = [],
): Reading {
  return { at: step * STEP_MS, processes: [{ process: "gateway", tier: "gateway", samples }, ...others] };
}
