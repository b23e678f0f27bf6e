import { logBeta } from "./distributions.ts";
import type { Proportion } from "./proportions.ts";

/**
 * P(treatment's share > control's) after the two, each share's prior being uniform, Beta(1, 1): Σ over i below the treatment's
 * alpha of B(a_c + i, b_c + b_t)/((b_t + i)·B(1 + i, b_t)·B(a_c, b_c)) (Evan Miller, "Formulas for Bayesian A/B Testing", 2015).
 * One unit is one trial; a fixed threshold on it is no safer at many looks than a p-value.
 */
export function probabilityOfBeingBetter(control: Proportion, treatment: Proportion): number {
  const [aControl, bControl] = [control.successes + 1, control.trials - control.successes + 1];
  const [aTreatment, bTreatment] = [treatment.successes + 1, treatment.trials - treatment.successes + 1];
  const base = logBeta(aControl, bControl);
  let total = 0;
  for (let i = 0; i < aTreatment; i += 1)
    total += Math.exp(
      logBeta(aControl + i, bControl + bTreatment) -
        Math.log(bTreatment + i) -
        logBeta(1 + i, bTreatment) -
        base,
    );
  return Math.min(1, total);
}
