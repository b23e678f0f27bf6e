import type { MaskedVerdict } from "../verdict/masked-verdict.ts";
import type { Answer, Verdict } from "../verdict/verdict.ts";

const CODES: Readonly<Record<Answer, number>> = {
  better: 0,
  no_difference: 0,
  not_enough_data: 0,
  worse: 3,
  guardrail_breached: 4,
  invalid: 5,
};
const NO_DECISION = 6;

/**
 * What a gate stands on. A masked `better` is of either side: 0 or 3 would tell which letter is the treatment, and 0 would
 * open the gate for a model that is worse.
 */
export function exitCodeOf(verdict: Verdict | MaskedVerdict, isDecisionRequired: boolean): number {
  if (isDecisionRequired && verdict.answer === "not_enough_data") return NO_DECISION;
  if ("masked" in verdict && verdict.answer === "better") return CODES.worse;
  return CODES[verdict.answer];
}
