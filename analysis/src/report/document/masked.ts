import { sayTooFew } from "../../verdict/mask-events.ts";
import type { MaskedComparison, MaskedGuardrail, MaskedVerdict } from "../../verdict/masked-verdict.ts";
import { isShare, nameMetric, showMargin, showValue } from "../../verdict/metric-words.ts";
import { describeValidity } from "./checks.ts";
import type { Block, Document, ForestRow, Section } from "./document.ts";
import { describeExperiment } from "./experiment.ts";
import { sayCount, sayMoment, sayNumber, sayProbability, sayShare } from "./say.ts";
import { maskedLine, TONES } from "./verdict-line.ts";

const WHY_MASKED =
  "Variants are letters. Names, weights, counts of one variant, labels, latency, memory and costs are left out, and numbers are rounded by their intervals, so that nobody who reads this learns which is which.";

/** The report of a masked verdict. */
export function maskedDocument(verdict: MaskedVerdict): Document {
  const sections: Section[] = [
    { title: "Why", blocks: [{ kind: "list", items: verdict.reasons }] },
    { title: "Differences", blocks: differences(verdict) },
    ...looks(verdict),
    { title: "Guardrails", blocks: guardrails(verdict) },
    { title: "Validity", blocks: [validity(verdict)] },
    { title: "About this report", blocks: about(verdict) },
  ];
  return {
    line: maskedLine(verdict),
    tone: TONES[verdict.answer],
    title: `${verdict.experiment}, phase ${verdict.phase}`,
    isMasked: true,
    sections: sections.filter(({ blocks }) => blocks.length > 0),
  };
}

function differences({ answer, comparisons }: MaskedVerdict): Block[] {
  if (answer === "invalid") return [VOID];
  return comparisons.length === 0 ? [] : [{ kind: "forest", rows: comparisons.map(rowOf) }];
}

/** What stands where a comparison cannot be believed. */
export const VOID: Block = {
  kind: "paragraph",
  text: "Not shown: while the comparison is invalid, every difference is void.",
};

function rowOf(comparison: MaskedComparison): ForestRow {
  const { metric, kind, first, second, difference, margin, direction, better, decision } = comparison;
  const { pValue, logLikelihoodRatio, values, events } = comparison;
  return {
    metric,
    kind,
    first,
    second,
    values:
      values === null
        ? ""
        : [first, second]
            .map((letter) => `${letter} ${showValue(metric, values[letter] ?? Number.NaN)}`)
            .join(", "),
    difference,
    missing: sayTooFew(metric, events),
    margin,
    direction,
    decision:
      better === null
        ? decision === "no_difference"
          ? "no difference beyond the margin"
          : "open"
        : `${better} is better`,
    tone: better === null ? (decision === "no_difference" ? "calm" : "open") : "good",
    remarks: [
      ...(pValue === null ? [] : [`${sayProbability(pValue)}, valid at any look`]),
      ...(logLikelihoodRatio === null ? [] : [`log likelihood ratio ${sayNumber(logLikelihoodRatio)}`]),
    ],
  };
}

function looks({ answer, comparisons }: MaskedVerdict): Section[] {
  if (answer === "invalid") return [];
  const blocks = comparisons
    .filter(({ kind, history }) => kind === "primary" && history.length > 1)
    .map(({ metric, first, second, margin, direction, history, decidedAt }) => ({
      kind: "looks" as const,
      metric,
      first,
      second,
      margin,
      direction,
      points: history,
      decidedAt,
    }));
  return [{ title: "Look after look", blocks }];
}

function guardrails({ guardrails: all, stopped }: MaskedVerdict): Block[] {
  if (all.length === 0) return [];
  const stops = stopped.map(
    ({ letter, at, metric }) => `${letter} was stopped at ${sayMoment(at)}, for the ${nameMetric(metric)}.`,
  );
  return [
    { kind: "list", items: [...all.map(sayGuardrail), ...stops] },
    {
      kind: "paragraph",
      text: "Their numbers are left out: one that is not breached, beside a difference that would breach it, tells which letter is the control.",
    },
  ];
}

function sayGuardrail({ metric, margin, state, breached, decidedAt }: MaskedGuardrail): string {
  const name = nameMetric(metric);
  const limit = `${isShare(metric) ? "" : "by "}${showMargin(metric, margin)}`;
  const at = decidedAt === null ? "" : ` since ${sayMoment(decidedAt)}`;
  switch (state) {
    case "breached":
      return `The ${name}: breached by ${breached.join(" and ")}${at} (more than ${limit} worse).`;
    case "holds":
      return `The ${name}: holds (not ${limit} worse).`;
    case "open":
      return `The ${name}: open, not breached (${limit} worse would be).`;
  }
}

function validity({ validity }: MaskedVerdict): Block {
  const { comparable, coverage } = validity;
  return describeValidity(
    validity,
    {
      name: "Workers comparable",
      check: comparable.check,
      text: comparable.check === "failed" ? "they do not run alike" : "threads, limits, batches and replicas",
    },
    {
      name: "Known truth",
      check: coverage.check,
      text:
        coverage.difference === null
          ? sayTooFew("accuracy", coverage.truths)
          : `its shares differ by ${coverage.difference === 0 ? "less than half a percentage point" : `about ${showMargin("accuracy", coverage.difference)}`} between the variants`,
    },
  );
}

function about(verdict: MaskedVerdict): Block[] {
  const { agreement } = verdict;
  return [
    { kind: "paragraph", text: WHY_MASKED },
    {
      kind: "facts",
      facts: [
        ...describeExperiment(verdict),
        { term: "Exposures, all variants together", text: sayCount(verdict.exposures) },
        ...(agreement === null
          ? []
          : [
              {
                term: "Shadow requests",
                text: `${sayCount(agreement.count)}, ${sayShare(agreement.share)} with the same label`,
              },
            ]),
      ],
    },
  ];
}
