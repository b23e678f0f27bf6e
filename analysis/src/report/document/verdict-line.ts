import type { MaskedVerdict } from "../../verdict/masked-verdict.ts";
import { nameMetric, showMargin } from "../../verdict/metric-words.ts";
import type { Answer, Check, Verdict } from "../../verdict/verdict.ts";
import { sayDays } from "../../verdict/waiting-words.ts";
import type { Tone } from "./document.ts";

export const TONES: Readonly<Record<Answer, Tone>> = {
  invalid: "bad",
  guardrail_breached: "bad",
  better: "good",
  worse: "bad",
  no_difference: "calm",
  not_enough_data: "open",
};

/** The first line of a report on named variants. */
export function openLine(verdict: Verdict): string {
  const { answer, treatment, comparisons } = verdict;
  const metric = nameMetric(verdict.metric);
  const of = comparisons.find((comparison) => comparison.treatment === treatment);
  switch (answer) {
    case "guardrail_breached": {
      const guardrail = (of === undefined ? comparisons : [of])
        .flatMap(({ metrics }) => metrics)
        .find(({ kind, decision }) => kind === "guardrail" && decision === "breached");
      const on = guardrail === undefined ? "" : ` on the ${nameMetric(guardrail.metric)}`;
      return `GUARDRAIL BREACHED: ${treatment ?? "a treatment"}${on}`;
    }
    case "better":
    case "worse":
      return `${answer.toUpperCase()}: ${treatment ?? "the treatment"} is ${answer} than ${of?.control ?? "the control"} in the ${metric}`;
    default:
      return sharedLine(verdict, answer);
  }
}

/** The first line of a report on letters. */
export function maskedLine(verdict: MaskedVerdict): string {
  const metric = nameMetric(verdict.metric);
  switch (verdict.answer) {
    case "guardrail_breached": {
      const guardrail = verdict.guardrails.find(({ state }) => state === "breached");
      if (guardrail === undefined) return "GUARDRAIL BREACHED";
      return `GUARDRAIL BREACHED: ${guardrail.breached.join(", ")} on the ${nameMetric(guardrail.metric)}`;
    }
    case "better":
      return verdict.better === null
        ? `BETTER: one variant in the ${metric}`
        : `BETTER: ${verdict.better.letter} is better than ${verdict.better.than} in the ${metric}`;
    default:
      return sharedLine(verdict, verdict.answer);
  }
}

function sharedLine(
  verdict: Pick<MaskedVerdict, "metric" | "margin" | "daysLeft" | "endsAt" | "at"> & {
    readonly validity: Checked;
  },
  answer: "invalid" | "no_difference" | "not_enough_data",
): string {
  switch (answer) {
    case "invalid":
      return `INVALID (${failedChecks(verdict.validity).join(", ") || "the numbers cannot be believed"})`;
    case "no_difference":
      return `NO DIFFERENCE beyond the margin of ${showMargin(verdict.metric, verdict.margin)} in the ${nameMetric(verdict.metric)}`;
    case "not_enough_data":
      return `NOT ENOUGH DATA (${sayDays(verdict)})`;
  }
}

interface Checked {
  readonly sampleRatio: { readonly check: Check };
  readonly whale: { readonly check: Check };
  readonly missing: { readonly check: Check };
  readonly comparable: { readonly check: Check };
}

function failedChecks({ sampleRatio, whale, missing, comparable }: Checked): string[] {
  return [
    [sampleRatio.check, "sample ratio mismatch"] as const,
    [whale.check, "one caller dominates"] as const,
    [missing.check, "missing data"] as const,
    [comparable.check, "workers not comparable"] as const,
  ].flatMap(([check, words]) => (check === "failed" ? [words] : []));
}
