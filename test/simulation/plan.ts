import type { Plan } from "../../analysis/src/evidence/plan.ts";
import type { AnalysisSettings } from "../../proxy/src/config/analysis-config.ts";

export const EXPERIMENT = "simulated";
export const CONTROL = "control";
export const TREATMENT = "treatment";

/** As the configuration's own defaults are, but for what is said. */
export function planWith(analysis: Partial<AnalysisSettings>, stepMs: number): Plan {
  return {
    experiment: EXPERIMENT,
    phase: 1,
    variants: [
      { name: CONTROL, control: true },
      { name: TREATMENT, control: false },
    ],
    analysis: {
      metric: "error_ratio",
      direction: "decrease",
      margin: 0.01,
      alpha: 0.05,
      guardrailAlpha: 0.05,
      tau: 0.02,
      horizonMs: 30 * 86_400_000,
      plannedLooks: undefined,
      maturityMs: 0,
      neutral: "own-class",
      slowerThanMs: 500,
      guardrails: [{ metric: "error_ratio", direction: "decrease", margin: 0.005 }],
      secondary: [],
      ...analysis,
    },
    plain: ["converted"],
    numeric: [],
    labels: [],
    stepMs,
  };
}
