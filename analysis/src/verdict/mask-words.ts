import { LEAST_SHOWN, sayEvents, sayTooFew } from "./mask-events.ts";
import { roundTo } from "./mask-rounding.ts";
import type { MaskedComparison, MaskedFacts } from "./masked-verdict.ts";
import { nameMetric, showDifference, showInterval, showMargin } from "./metric-words.ts";
import { sayDays } from "./waiting-words.ts";

/** One sentence, of letters and of what is in the masked facts. */
export function maskedHeadline(facts: MaskedFacts): string {
  const metric = nameMetric(facts.metric);
  switch (facts.answer) {
    case "invalid":
      return "The comparison is invalid: no number of it can be believed.";
    case "guardrail_breached": {
      const [guardrail] = facts.guardrails.filter(({ state }) => state === "breached");
      if (guardrail === undefined) return "A guardrail is breached.";
      return `${guardrail.breached.join(" and ")} breached the guardrail on the ${nameMetric(guardrail.metric)}.`;
    }
    case "better":
      return facts.better === null
        ? `The variants differ in the ${metric}.`
        : `${facts.better.letter} is better than ${facts.better.than} in the ${metric}.`;
    case "no_difference":
      return `No difference in the ${metric} beyond the margin of ${showMargin(facts.metric, facts.margin)}.`;
    case "not_enough_data":
      return `Not enough data to decide on the ${metric} (${sayDays(facts)}).`;
  }
}

/** One sentence each, the weightiest first. */
export function maskedReasons(facts: MaskedFacts): string[] {
  return [
    ...ofValidity(facts),
    ...ofGuardrails(facts),
    ...facts.comparisons
      .filter(({ kind }) => kind === "primary" && facts.answer !== "invalid")
      .map(ofComparison),
    ...ofWhatIsMissing(facts),
    ...ofCaveats(facts),
  ];
}

function ofValidity({ validity }: MaskedFacts): string[] {
  const { sampleRatio, whale, missing, comparable } = validity;
  const reasons: string[] = [];
  if (sampleRatio.check === "failed")
    reasons.push(
      `Sample ratio mismatch: exposures deviate from the weights, log likelihood ratio ${sampleRatio.logLikelihoodRatio}, above the limit ${roundTo(sampleRatio.limit, 0.01)}.`,
    );
  if (whale.check === "failed")
    reasons.push(
      `One analysis bucket has ${percent(whale.largestShare)} of a variant's exposures, above the limit ${percent(whale.limit)}: one caller dominates.`,
    );
  if (missing.check === "failed")
    reasons.push(`${missing.steps} of ${missing.of} steps could not be read: too much is missing.`);
  if (comparable.check === "failed")
    reasons.push("The workers of the variants cannot be compared: they do not run alike.");
  return reasons;
}

function ofGuardrails({ guardrails }: MaskedFacts): string[] {
  return guardrails
    .filter(({ state }) => state === "breached")
    .map(
      ({ metric, margin, breached }) =>
        `The ${nameMetric(metric)} of ${breached.join(" and ")} is worse by more than the margin of ${showMargin(metric, margin)}.`,
    );
}

function ofComparison(comparison: MaskedComparison): string {
  const { first, second, metric, events, difference, margin, decision, better } = comparison;
  const name = `${nameMetric(metric)}, ${first} less ${second}`;
  if (difference === null) return `${sentence(name)}: ${sayTooFew(metric, events)}.`;
  const interval = `${showDifference(metric, difference.value)}, interval ${showInterval(metric, difference)}`;
  if (decision === "better" && better !== null)
    return `${sentence(name)}: ${interval}; ${better} is the better one.`;
  const limit = `the margin of ${showMargin(metric, margin)}`;
  if (decision === "no_difference") return `${sentence(name)}: ${interval}, within ${limit}.`;
  return `${sentence(name)}: ${interval}, which decides nothing yet.`;
}

/** What keeps the answer from being one, beyond the width of the interval. */
function ofWhatIsMissing({ answer, comparisons, exposures, validity }: MaskedFacts): string[] {
  if (answer !== "not_enough_data" || exposures === 0) return [];
  const primary = comparisons.find(({ kind }) => kind === "primary");
  const missing: string[] = [];
  if (primary !== undefined && primary.events < LEAST_SHOWN)
    missing.push(
      `reports (${sayEvents(primary.metric, primary.events)}; nothing is decided on less than ${LEAST_SHOWN})`,
    );
  if (validity.whale.check === "unknown")
    missing.push("traffic (whether one caller dominates is not measured yet)");
  return missing.length === 0 ? [] : [`Missing: ${missing.join(", ")}.`];
}

function ofCaveats({ validity, exposures }: MaskedFacts): string[] {
  const reasons: string[] = [];
  if (exposures === 0) reasons.push("There were no exposures yet.");
  if (validity.incorrectOnly)
    reasons.push("Only failures were ever reported: no share of right answers can be had of them.");
  if (validity.coverage.check === "failed")
    reasons.push("The shares of known truth differ between the variants: what is missing may shift them.");
  if (validity.missing.check === "ok" && validity.missing.steps > 0)
    reasons.push(`${validity.missing.steps} of ${validity.missing.of} steps could not be read.`);
  return reasons;
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(1))} %`;
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
