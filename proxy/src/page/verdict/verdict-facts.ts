import type { MaskedAnswer, OpenAnswer } from "./judge-answer.ts";
import type { VerdictDifference, VerdictFacts, VerdictGuardrail } from "./verdict-snapshot.ts";

/** @param stepMs between two looks */
export function openFacts(answer: OpenAnswer, stepMs: number): VerdictFacts {
  const differences = answer.comparisons.flatMap(({ treatment, control, metrics }) =>
    metrics
      .filter(({ kind }) => kind === "primary")
      .map(({ difference }): VerdictDifference => ({ of: treatment, less: control, estimate: difference })),
  );
  return withoutVoid(answer, stepMs, {
    differences,
    guardrails: guardrailsOf(answer),
    stopped: answer.stopped.map(({ treatment }) => treatment),
  });
}

/** @param stepMs between two looks */
export function maskedFacts(answer: MaskedAnswer, stepMs: number): VerdictFacts {
  const differences = answer.comparisons
    .filter(({ kind }) => kind === "primary")
    .map(
      ({ first, second, difference }): VerdictDifference => ({
        of: first,
        less: second,
        estimate: difference,
      }),
    );
  return withoutVoid(answer, stepMs, {
    differences,
    guardrails: answer.guardrails.map(({ metric, state, breached }) => ({
      metric,
      state,
      breachedBy: breached,
    })),
    stopped: answer.stopped.map(({ letter }) => letter),
  });
}

type Found = Pick<VerdictFacts, "differences" | "guardrails" | "stopped">;

/** What an invalid comparison makes void does not even leave the gateway. */
function withoutVoid(
  answer: OpenAnswer | MaskedAnswer,
  stepMs: number,
  { differences, guardrails, stopped }: Found,
): VerdictFacts {
  const isSplitBroken = answer.validity.sampleRatio.check === "failed";
  const isVoid = isSplitBroken || answer.answer === "invalid";
  return {
    answer: isSplitBroken ? "invalid" : answer.answer,
    headline: answer.headline,
    reasons: isSplitBroken ? [] : answer.reasons,
    at: answer.at,
    nextAt: answer.at + stepMs,
    looks: answer.looks,
    daysLeft: isVoid ? null : answer.daysLeft,
    isSplitBroken,
    metric: answer.metric,
    direction: answer.direction,
    margin: answer.margin,
    differences: isVoid ? [] : differences,
    guardrails: isVoid ? [] : guardrails,
    stopped,
  };
}

/** One for each metric, in the order of the analysis block: what one treatment breaches is breached. */
function guardrailsOf({ comparisons }: OpenAnswer): VerdictGuardrail[] {
  const found = comparisons.flatMap(({ treatment, metrics }) =>
    metrics.flatMap(({ metric, kind, decision }) =>
      kind === "guardrail" ? [{ metric, treatment, decision }] : [],
    ),
  );
  return [...new Set(found.map(({ metric }) => metric))].map((metric) => {
    const own = found.filter((one) => one.metric === metric);
    const breachedBy = own
      .filter(({ decision }) => decision === "breached")
      .map(({ treatment }) => treatment);
    const holds = own.every(({ decision }) => decision === "holds");
    return { metric, state: breachedBy.length > 0 ? "breached" : holds ? "holds" : "open", breachedBy };
  });
}
