import {
  type AnalysisSettings,
  type NumericBounds,
  PLAIN_OUTCOMES,
  type PlainOutcome,
} from "../../../proxy/src/config/analysis-config.ts";
import type { Config } from "../../../proxy/src/config/config.ts";

/** What was fixed before the experiment: all that the judgement knows beside the counts. */
export interface Plan {
  readonly experiment: string;
  readonly phase: number;
  /** In file order, which is the order of every array by variant. Exactly one is the control. */
  readonly variants: readonly { readonly name: string; readonly control: boolean }[];
  readonly analysis: AnalysisSettings;
  /** Outcomes that may be reported; empty where there are none. */
  readonly plain: readonly PlainOutcome[];
  readonly numeric: readonly NumericBounds[];
  /** Of the truth and the predictions; what is not among them is counted as `other`. */
  readonly labels: readonly string[];
  /** Between two looks. */
  readonly stepMs: number;
}

export function planOf(config: Config): Plan {
  const { experiment, variants, analysis, outcomes, judge } = config;
  return {
    experiment: experiment.name,
    phase: experiment.phase,
    variants: variants.map(({ name, control }) => ({ name, control })),
    analysis,
    plain: PLAIN_OUTCOMES.filter((name) => outcomes?.plain.includes(name)),
    numeric: outcomes?.numeric ?? [],
    labels: outcomes?.labels ?? [],
    stepMs: judge.stepMs,
  };
}

/** Position of the control among the variants. */
export function controlOf(plan: Plan): number {
  return plan.variants.findIndex(({ control }) => control);
}

/** Positions of all the others. */
export function treatmentsOf(plan: Plan): readonly number[] {
  return plan.variants.flatMap(({ control }, index) => (control ? [] : [index]));
}
