import { countEvents, sayTooFew } from "./mask-events.ts";
import { nameMetric, showDifference, showInterval, showMargin } from "./metric-words.ts";
import type { Comparison, MetricComparison, Verdict } from "./verdict.ts";
import { sayDays } from "./waiting-words.ts";

export type Facts = Omit<Verdict, "headline" | "reasons">;

/** One sentence for people, which names variants. */
export function headlineOf(facts: Facts): string {
  const { answer, treatment, metric, margin, comparisons } = facts;
  const name = nameMetric(metric);
  const control = comparisons.find((one) => one.treatment === treatment)?.control ?? "the control";
  switch (answer) {
    case "invalid":
      return "The comparison is invalid: no number of it can be believed.";
    case "guardrail_breached":
      return `${treatment} breached the guardrail on the ${nameMetric(breachOf(facts)?.metric ?? metric)}.`;
    case "better":
      return `${treatment} is better than ${control} in the ${name}.`;
    case "worse":
      return `${treatment} is worse than ${control} in the ${name}.`;
    case "no_difference":
      return `No difference in the ${name} beyond the margin of ${showMargin(metric, margin)}.`;
    case "not_enough_data":
      return `Not enough data to decide on the ${name} (${sayDays(facts)}).`;
  }
}

/** Why, the weightiest first. */
export function reasonsOf(facts: Facts): readonly string[] {
  return [
    ...ofValidity(facts),
    ...facts.comparisons.flatMap((comparison) => ofGuardrails(comparison)),
    ...facts.comparisons.flatMap((comparison) => ofPrimary(comparison, facts)),
    ...ofCaveats(facts),
  ];
}

function breachOf({ comparisons, treatment }: Facts): MetricComparison | undefined {
  return comparisons
    .find((one) => one.treatment === treatment)
    ?.metrics.find(({ decision }) => decision === "breached");
}

function ofValidity({ validity }: Facts): string[] {
  const { sampleRatio, whale, missing, comparable } = validity;
  const reasons: string[] = [];
  if (sampleRatio.check === "failed")
    reasons.push(
      `Sample ratio mismatch: exposures deviate from the weights (log likelihood ratio now ${sampleRatio.logLikelihoodRatio.toFixed(2)}, limit ${sampleRatio.limit.toFixed(3)}).`,
    );
  if (whale.check === "failed")
    reasons.push(
      `One analysis bucket has ${percent(whale.largestShare)} of a variant's exposures, above ${percent(whale.limit)}: one unit dominates.`,
    );
  if (missing.check === "failed")
    reasons.push(`${missing.steps} of ${missing.of} steps could not be read: too much is missing.`);
  if (comparable.check === "failed")
    reasons.push(`The workers cannot be compared: ${comparable.differences.join("; ")}.`);
  return reasons;
}

function ofGuardrails({ treatment, metrics }: Comparison): string[] {
  return metrics
    .filter(({ decision }) => decision === "breached")
    .map(
      ({ metric, margin, difference }) =>
        `The ${nameMetric(metric)} of ${treatment} is worse by more than the margin of ${showMargin(metric, margin)}${difference === null ? "" : ` (${showDifference(metric, difference.value)} since the phase began)`}.`,
    );
}

function ofPrimary({ treatment, control, metrics }: Comparison, { variants }: Facts): string[] {
  return metrics
    .filter(({ kind }) => kind === "primary")
    .map(({ metric, difference, margin, decision }) => {
      const subject = `${treatment} less ${control}, ${nameMetric(metric)}`;
      if (difference === null) return `${subject}: ${sayTooFew(metric, countEvents(metric, variants))}.`;
      const found = `${subject}: ${showDifference(metric, difference.value)}, interval ${showInterval(metric, difference)}`;
      if (decision === "no_difference")
        return `${found}, within the margin of ${showMargin(metric, margin)} when it was decided.`;
      return decision === "open" ? `${found}, which decides nothing yet.` : `${found}.`;
    });
}

function ofCaveats({ validity, since }: Facts): string[] {
  const reasons: string[] = [];
  if (since === null) reasons.push("There were no exposures yet.");
  if (validity.incorrectOnly)
    reasons.push("Only failures were ever reported: no share of right answers can be had of them.");
  if (validity.coverage.check === "failed")
    reasons.push("The shares of known truth differ between the variants: what is missing may shift them.");
  if (validity.missing.check === "ok" && validity.missing.steps > 0)
    reasons.push(`${validity.missing.steps} of ${validity.missing.of} steps could not be read.`);
  if (validity.comparable.check === "ok" && validity.comparable.differences.length > 0)
    reasons.push(`The workers differ as they may: ${validity.comparable.differences.join("; ")}.`);
  return reasons;
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(1))} %`;
}
