import { Counter, Gauge, Registry } from "prom-client";
import type { MaskedVerdict } from "../verdict/masked-verdict.ts";

const PHASE = ["experiment", "phase"] as const;
const COMPARISON = [...PHASE, "metric", "kind", "pair"] as const;

/**
 * Every metric of the judge. The names are API (README, "Metrics of the judge"). All of them come from the masked verdict:
 * variants are letters, and pairs stand in the letters' order, so that a sign tells nothing.
 */
export const VERDICT_FAMILIES = {
  ab_verdict_info: ["gauge", "1, with the answer of the last look.", [...PHASE, "answer"]],
  ab_verdict_difference: ["gauge", "First of the pair less the second, in the metric's unit.", COMPARISON],
  ab_verdict_difference_low: ["gauge", "Lower end of its interval, which holds at every look.", COMPARISON],
  ab_verdict_difference_high: ["gauge", "Upper end of its interval.", COMPARISON],
  ab_verdict_log_likelihood_ratio: [
    "gauge",
    "Sequential test of no difference at all; ln(1/alpha) rejects it.",
    COMPARISON,
  ],
  ab_verdict_p_value: ["gauge", "Least so far, valid at any look.", COMPARISON],
  ab_verdict_decision_info: ["gauge", "1, with what was decided.", [...COMPARISON, "decision"]],
  ab_verdict_guardrail_breached: [
    "gauge",
    "1 where a variant is worse than the guardrail allows.",
    [...PHASE, "metric", "letter"],
  ],
  ab_verdict_sample_ratio_log_likelihood_ratio: [
    "gauge",
    "Sequential test of the split; above 6.908 it is broken.",
    PHASE,
  ],
  ab_verdict_sample_ratio_failed: [
    "gauge",
    "1 once exposures have deviated from the weights: nothing else holds then.",
    PHASE,
  ],
  ab_verdict_exposures: ["gauge", "Exposures of all variants together.", PHASE],
  ab_verdict_coverage_difference: [
    "gauge",
    "Between the variants' shares of known truth, without its sign; NaN where none is known.",
    PHASE,
  ],
  ab_verdict_days_left: [
    "gauge",
    "Days until the primary metric can be decided, at the present pace; NaN where nobody can say.",
    PHASE,
  ],
  ab_verdict_last_look_timestamp_seconds: [
    "gauge",
    "Moment of the last look, in seconds since 1970; 0 before the first.",
    [],
  ],
  ab_verdict_step_seconds: ["gauge", "Between two looks (judge.step).", []],
  ab_verdict_looks_total: ["counter", "Looks at the running phase.", []],
  ab_verdict_missing_steps_total: ["counter", "Steps of the running phase whose counts were lost.", []],
} as const satisfies Record<string, readonly ["gauge" | "counter", string, readonly string[]]>;

type Name = keyof typeof VERDICT_FAMILIES;
type Values = readonly (readonly [labels: Readonly<Record<string, string>>, value: number])[];

/** The text of `GET /metrics`; without a verdict the families that need none. */
export async function exposeVerdict(
  verdict: MaskedVerdict | undefined,
  stepMs: number,
): Promise<{ readonly text: string; readonly contentType: string }> {
  const registry = new Registry();
  for (const [name, values] of Object.entries(valuesOf(verdict, stepMs))) add(registry, name as Name, values);
  return { text: await registry.metrics(), contentType: registry.contentType };
}

function add(registry: Registry, name: Name, values: Values): void {
  const [type, help, labelNames] = VERDICT_FAMILIES[name];
  const options = { name, help, labelNames: [...labelNames], registers: [registry] };
  if (type === "gauge") {
    const gauge = new Gauge(options);
    for (const [labels, value] of values) gauge.set(labels, value);
  } else {
    const counter = new Counter(options);
    for (const [labels, value] of values) counter.inc(labels, value);
  }
}

function valuesOf(verdict: MaskedVerdict | undefined, stepMs: number): Partial<Record<Name, Values>> {
  return {
    ...(verdict === undefined ? {} : { ...experimentValues(verdict), ...comparisonValues(verdict) }),
    ab_verdict_last_look_timestamp_seconds: [[{}, (verdict?.at ?? 0) / 1000]],
    ab_verdict_step_seconds: [[{}, stepMs / 1000]],
    ab_verdict_looks_total: [[{}, verdict?.looks ?? 0]],
    ab_verdict_missing_steps_total: [[{}, verdict?.validity.missing.steps ?? 0]],
  };
}

function experimentValues(verdict: MaskedVerdict): Partial<Record<Name, Values>> {
  const { sampleRatio, coverage } = verdict.validity;
  const of = phaseOf(verdict);
  return {
    ab_verdict_info: [[{ ...of, answer: verdict.answer }, 1]],
    ab_verdict_guardrail_breached: verdict.guardrails.flatMap(({ metric, breached }) =>
      verdict.letters.map(
        (letter) => [{ ...of, metric, letter }, breached.includes(letter) ? 1 : 0] as const,
      ),
    ),
    ab_verdict_sample_ratio_log_likelihood_ratio: [[of, sampleRatio.logLikelihoodRatio]],
    ab_verdict_sample_ratio_failed: [[of, sampleRatio.check === "failed" ? 1 : 0]],
    ab_verdict_exposures: [[of, verdict.exposures]],
    ab_verdict_coverage_difference: [[of, coverage.difference ?? Number.NaN]],
    ab_verdict_days_left: [[of, verdict.daysLeft ?? Number.NaN]],
  };
}

function comparisonValues(verdict: MaskedVerdict): Partial<Record<Name, Values>> {
  const labelled = verdict.comparisons.map((comparison) => {
    const { metric, kind, pair } = comparison;
    return { comparison, labels: { ...phaseOf(verdict), metric, kind, pair } };
  });
  const values = (read: (comparison: MaskedVerdict["comparisons"][number]) => number | null | undefined) =>
    labelled.flatMap(({ comparison, labels }): Values => {
      const value = read(comparison);
      return value === null || value === undefined ? [] : [[labels, value]];
    });
  return {
    ab_verdict_difference: values(({ difference }) => difference?.value),
    ab_verdict_difference_low: values(({ difference }) => difference?.low),
    ab_verdict_difference_high: values(({ difference }) => difference?.high),
    ab_verdict_log_likelihood_ratio: values(({ logLikelihoodRatio }) => logLikelihoodRatio),
    ab_verdict_p_value: values(({ pValue }) => pValue),
    ab_verdict_decision_info: labelled.map(
      ({ comparison: { decision }, labels }) => [{ ...labels, decision }, 1] as const,
    ),
  };
}

function phaseOf({ experiment, phase }: MaskedVerdict): Readonly<Record<string, string>> {
  return { experiment, phase: String(phase) };
}
