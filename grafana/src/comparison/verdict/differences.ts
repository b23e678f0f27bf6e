import type { Panel } from "@grafana/grafana-foundation-sdk/dashboard";
import { NoUnit, PercentUnit } from "@grafana/grafana-foundation-sdk/units";
import { COLORS } from "../../color.ts";
import { drawLines } from "../../panel/lines.ts";
import { showTable } from "../../panel/table.ts";
import { OF_EXPERIMENT, one } from "../../query.ts";
import { unlessBroken } from "./words.ts";

/** The others are money, points or errors of a rating. */
const SHARES = "error_ratio|slow_ratio|conversion|correct_ratio|accuracy|macro_recall|macro_f1";
const KINDS = [
  { id: "share", names: `metric=~"${SHARES}"`, unit: PercentUnit },
  { id: "number", names: `metric!~"${SHARES}"`, unit: NoUnit },
] as const;
const LINES = [
  { id: "difference", series: "ab_verdict_difference", word: "", look: { color: COLORS.quiet } },
  {
    ...{ id: "low", series: "ab_verdict_difference_low", word: " at least" },
    look: { color: COLORS.reference, dashed: true },
  },
  {
    ...{ id: "high", series: "ab_verdict_difference_high", word: " at most" },
    look: { color: COLORS.reference, dashed: true },
  },
] as const;

const byPair = (series: string, of: string) =>
  unlessBroken(
    `max by (experiment, metric, kind, pair) (${series}{${OF_EXPERIMENT},metric=~"$metric",${of}})`,
  );

/** By how much the variants differ, as far as the judge lets it be known. */
export const differencePanels: readonly Panel[] = [
  drawLines({
    title: "Difference in $metric",
    description:
      "The first letter's value less the second's since the phase began; the truth lies between the dashed lines, also for who looks every day. Both on one side of 0: the variants differ. Blank while the split is broken.",
    unit: NoUnit,
    width: 24,
    height: 7,
    repeat: "metric",
    steps: [{ from: 0, color: COLORS.reference }],
    queries: KINDS.flatMap(({ id, names, unit }) =>
      LINES.map((line) =>
        one(`${id}_${line.id}`, byPair(line.series, names), `{{metric}} {{pair}}${line.word}`, {
          ...line.look,
          unit,
        }),
      ),
    ),
  }),
  drawLines({
    title: "p value",
    description:
      "How often chance alone would have shown such a difference at any look so far; it never rises. Secondary metrics are corrected for their number. Blank while the split is broken.",
    unit: NoUnit,
    min: 0,
    max: 1,
    queries: [
      one(
        "p",
        unlessBroken(`max by (experiment, metric, kind, pair) (ab_verdict_p_value{${OF_EXPERIMENT}})`),
        "{{metric}} {{pair}} ({{kind}})",
      ),
    ],
  }),
  showTable({
    title: "Decisions",
    description:
      "What was decided of each metric, once and for all; open is not yet. The primary metric alone makes the answer. Empty while the split is broken.",
    unit: NoUnit,
    columns: { metric: "Metric", kind: "Kind", pair: "Pair", decision: "Decision" },
    queries: [
      one(
        "decisions",
        // Grafana has no word for a table that is empty on purpose.
        `max by (metric, kind, pair, decision) (${unlessBroken(`ab_verdict_decision_info{${OF_EXPERIMENT}} == 1`)})`,
        "{{metric}} {{pair}}",
      ),
    ],
  }),
  drawLines({
    title: "Difference of coverage",
    description:
      "By how much the share of predictions whose truth is known differs between the variants. Far from 0, the missing truths may be the whole difference in quality. Blank while the split is broken.",
    unit: PercentUnit,
    queries: [
      one(
        "coverage",
        unlessBroken(`max by (experiment) (ab_verdict_coverage_difference{${OF_EXPERIMENT}})`),
        "{{experiment}}",
      ),
    ],
  }),
];
