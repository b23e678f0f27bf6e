import {
  MappingType,
  type Panel,
  SpecialValueMatch,
  type ValueMapping,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { NoUnit, Seconds } from "@grafana/grafana-foundation-sdk/units";
import { COLORS } from "../../color.ts";
import { drawLines } from "../../panel/lines.ts";
import { showNumbers } from "../../panel/numbers.ts";
import { OF_EXPERIMENT, one } from "../../query.ts";
import { inWords, unlessBroken, VOID_IN_WORDS, whileBroken } from "./words.ts";

/** ln 1000, at which the judge calls the split broken, whenever it is looked at. */
const SAMPLE_RATIO_LIMIT = 6.908;

/** As the judge's metric says them, in the order in which they apply. */
const ANSWERS = [
  ["invalid", "INVALID", COLORS.alarm],
  ["guardrail_breached", "GUARDRAIL BREACHED", COLORS.alarm],
  ["better", "ONE IS BETTER", COLORS.quiet],
  ["no_difference", "NO DIFFERENCE BEYOND THE MARGIN", COLORS.quiet],
  ["not_enough_data", "NOT ENOUGH DATA", COLORS.neutral],
] as const;
const answer = ANSWERS.map(
  ([name], index) =>
    `${index + 1} * max by (experiment, phase) (ab_verdict_info{${OF_EXPERIMENT},answer="${name}"} == 1)`,
).join(" or ");

const of = (metric: string) => `max by (experiment, phase) (${metric}{${OF_EXPERIMENT}})`;
const UNKNOWN: ValueMapping = {
  type: MappingType.SpecialValue,
  options: {
    match: SpecialValueMatch.NotANumber,
    result: { text: "unknown", color: COLORS.neutral, index: 10 },
  },
};

/** What the judge has found, in a word, and what it rests on. */
export const answerPanels: readonly Panel[] = [
  showNumbers({
    title: "Answer",
    description:
      "What the judge says since the phase began. INVALID voids all else. Of a breach or a better variant it says in letters which; `blindsplit report` has the reasons. Without a judge this row is empty.",
    unit: NoUnit,
    width: 7,
    height: 6,
    words: [inWords(Object.fromEntries(ANSWERS.map(([, text, color], index) => [index + 1, [text, color]])))],
    queries: [one("answer", answer, "{{experiment}}, phase {{phase}}")],
  }),
  showNumbers({
    title: "Sample ratio test",
    description:
      "Whether exposures follow the weights, counted since the phase began and tested at every look. Once INVALID it stays so: who is missing is not known, no number about a difference means anything, and those panels are blank.",
    unit: NoUnit,
    width: 5,
    height: 6,
    words: [inWords({ 0: ["holds", COLORS.quiet], 1: ["INVALID", COLORS.alarm] })],
    queries: [one("failed", of("ab_verdict_sample_ratio_failed"), "{{experiment}}, phase {{phase}}")],
  }),
  drawLines({
    title: "Evidence against the split",
    description: `Log likelihood ratio of the sample ratio test: below 0 the exposures speak for the weights. Above the dashed line (${SAMPLE_RATIO_LIMIT}, one in a thousand over all looks) the split is broken.`,
    unit: NoUnit,
    width: 6,
    height: 6,
    steps: [{ from: SAMPLE_RATIO_LIMIT, color: COLORS.alarm }],
    queries: [
      one("ratio", of("ab_verdict_sample_ratio_log_likelihood_ratio"), "{{experiment}}, phase {{phase}}", {
        color: COLORS.quiet,
      }),
    ],
  }),
  showNumbers({
    title: "Guardrails",
    description:
      "What must not get worse, for each variant beside the control. BREACHED: worse by more than the margin, whatever chance does, and it stays so. The variants are letters.",
    unit: NoUnit,
    width: 6,
    height: 6,
    words: [
      inWords({
        ...{ 0: ["not breached", COLORS.quiet], 1: ["BREACHED", COLORS.alarm] },
        ...VOID_IN_WORDS,
      }),
    ],
    queries: [
      one(
        "breached",
        unlessBroken(`max by (experiment, metric, letter) (ab_verdict_guardrail_breached{${OF_EXPERIMENT}})`),
        "{{metric}} of {{letter}}",
      ),
      whileBroken,
    ],
  }),
  showNumbers({
    title: "Exposures, looks, days left",
    description:
      "How much the judge has seen of all variants together, how often it has looked, when it looked last, and when it may know: days at the present pace until the primary metric can be decided.",
    unit: NoUnit,
    width: 24,
    height: 4,
    words: [UNKNOWN],
    queries: [
      one("exposures", of("ab_verdict_exposures"), "exposures"),
      one("looks", "max(ab_verdict_looks_total)", "looks"),
      one("missing", "max(ab_verdict_missing_steps_total)", "steps that could not be read"),
      one("ago", "time() - max(ab_verdict_last_look_timestamp_seconds > 0)", "since the last look", {
        unit: Seconds,
      }),
      one("days", of("ab_verdict_days_left"), "days left at this pace"),
    ],
  }),
];
