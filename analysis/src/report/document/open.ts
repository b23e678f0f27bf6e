import { countEvents, countTruths, sayTooFew } from "../../verdict/mask-events.ts";
import { nameMetric, showDifference, showValue } from "../../verdict/metric-words.ts";
import type { Comparison, MetricComparison, Verdict } from "../../verdict/verdict.ts";
import { describeValidity } from "./checks.ts";
import type { Block, Document, ForestRow, Section } from "./document.ts";
import { describeExperiment } from "./experiment.ts";
import { VOID } from "./masked.ts";
import { describeAgreements, describeCosts, describeCoverage, describeVariants } from "./open-tables.ts";
import { describeQuality } from "./quality.ts";
import { sayMoment, sayProbability } from "./say.ts";
import { openLine, TONES } from "./verdict-line.ts";

/** The report of a whole verdict: who reads it knows the variants from then on. */
export function openDocument(verdict: Verdict): Document {
  const sections: Section[] = [
    { title: "Why", blocks: [{ kind: "list", items: verdict.reasons }] },
    { title: "Differences", blocks: differences(verdict) },
    { title: "Look after look", blocks: looks(verdict) },
    { title: "Validity", blocks: [validity(verdict)] },
    { title: "Variants", blocks: [...describeVariants(verdict), ...stops(verdict)] },
    { title: "Known truth", blocks: describeCoverage(verdict) },
    { title: "Quality", blocks: describeQuality(verdict) },
    { title: "Costs", blocks: describeCosts(verdict) },
    { title: "Shadow requests", blocks: describeAgreements(verdict) },
    { title: "About this report", blocks: [{ kind: "facts", facts: describeExperiment(verdict) }] },
  ];
  return {
    line: openLine(verdict),
    tone: TONES[verdict.answer],
    title: `${verdict.experiment}, phase ${verdict.phase}`,
    isMasked: false,
    sections: sections.filter(({ blocks }) => blocks.length > 0),
  };
}

function differences({ answer, comparisons, variants }: Verdict): Block[] {
  if (answer === "invalid") return [VOID];
  const rows = comparisons.flatMap((comparison) =>
    comparison.metrics.map((metric) => rowOf(comparison, metric, variants)),
  );
  return rows.length === 0 ? [] : [{ kind: "forest", rows }];
}

const DECISIONS: Readonly<Record<MetricComparison["decision"], Pick<ForestRow, "decision" | "tone">>> = {
  better: { decision: "better", tone: "good" },
  worse: { decision: "worse", tone: "bad" },
  no_difference: { decision: "no difference beyond the margin", tone: "calm" },
  breached: { decision: "breached", tone: "bad" },
  holds: { decision: "holds", tone: "good" },
  open: { decision: "open", tone: "open" },
};

function rowOf(
  { treatment, control }: Comparison,
  metric: MetricComparison,
  variants: Verdict["variants"],
): ForestRow {
  const { control: controlled, treatment: treated, pooledDifference, standardErrors } = metric;
  return {
    metric: metric.metric,
    kind: metric.kind,
    first: treatment,
    second: control,
    values:
      treated === null || controlled === null
        ? ""
        : `${treatment} ${showValue(metric.metric, treated)}, ${control} ${showValue(metric.metric, controlled)}`,
    difference: metric.difference,
    missing: sayTooFew(metric.metric, countEvents(metric.metric, variants)),
    margin: metric.margin,
    direction: metric.direction,
    ...DECISIONS[metric.decision],
    remarks: [
      ...(metric.pValue === null ? [] : [`${sayProbability(metric.pValue)}, valid at any look`]),
      ...(metric.naivePValue === null
        ? []
        : [`one fixed look would say ${sayProbability(metric.naivePValue)}, not valid at several`]),
      ...(pooledDifference === null
        ? []
        : [`without strata ${showDifference(metric.metric, pooledDifference)}`]),
      ...(standardErrors === null
        ? []
        : [
            `standard error ${unsigned(metric, standardErrors.clustered)} by buckets, ${unsigned(metric, standardErrors.block)} by blocks of time`,
          ]),
    ],
  };
}

function unsigned({ metric }: MetricComparison, value: number): string {
  return showDifference(metric, value).replace(/^\+/, "");
}

function looks({ answer, comparisons }: Verdict): Block[] {
  if (answer === "invalid") return [];
  return comparisons.flatMap(({ treatment, control, metrics }) =>
    metrics
      .filter(({ kind, history }) => kind !== "secondary" && history.length > 1)
      .map(({ metric, margin, direction, history, decidedAt }) => ({
        kind: "looks" as const,
        metric,
        first: treatment,
        second: control,
        margin,
        direction,
        points: history,
        decidedAt,
      })),
  );
}

function stops({ stopped }: Verdict): Block[] {
  if (stopped.length === 0) return [];
  const items = stopped.map(
    ({ treatment, at, metric }) =>
      `${treatment} was stopped at ${sayMoment(at)}, for the ${nameMetric(metric)}.`,
  );
  return [{ kind: "list", items }];
}

function validity({ validity, variants }: Verdict): Block {
  const { comparable, coverage } = validity;
  return describeValidity(
    validity,
    {
      name: "Workers comparable",
      check: comparable.check,
      text: comparable.differences.join("; ") || "threads, limits, batches and replicas",
    },
    {
      name: "Known truth",
      check: coverage.check,
      text:
        coverage.difference === null
          ? sayTooFew("accuracy", countTruths(variants))
          : `its share differs by ${showDifference("accuracy", coverage.difference.value)} (${showDifference("accuracy", coverage.difference.low)} to ${showDifference("accuracy", coverage.difference.high)})`,
    },
  );
}
