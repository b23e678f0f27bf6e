import type { VerdictAnswer, VerdictFacts, VerdictGuardrail } from "../verdict/verdict-snapshot.ts";
import { formatClockAndDay, formatCount, formatList } from "./numbers.ts";

/** What stands in large letters, and whether somebody has to look. */
const ANSWERS: Readonly<Record<VerdictAnswer, { readonly said: string; readonly isAlarm: boolean }>> = {
  invalid: { said: "INVALID", isAlarm: true },
  guardrail_breached: { said: "GUARDRAIL BREACHED", isAlarm: true },
  better: { said: "BETTER", isAlarm: false },
  worse: { said: "WORSE", isAlarm: false },
  no_difference: { said: "NO DIFFERENCE beyond the margin", isAlarm: false },
  not_enough_data: { said: "NOT ENOUGH DATA", isAlarm: false },
};

const METRICS: Readonly<Record<string, string>> = {
  error_ratio: "error ratio",
  slow_ratio: "share of slow answers",
  conversion: "conversion",
  correct_ratio: "share of correct answers",
  accuracy: "accuracy",
  macro_recall: "macro recall",
  macro_f1: "macro F1",
  revenue: "revenue per exposure",
  rating: "mean rating",
  nps: "net promoter score",
  mean_absolute_error: "mean absolute error",
  root_mean_squared_error: "root mean squared error",
};
/** No shares: they keep their own unit. */
const OWN_UNIT: readonly string[] = [
  "revenue",
  "rating",
  "nps",
  "mean_absolute_error",
  "root_mean_squared_error",
];

/** Steps without a look after which the judge is said to be late. */
const LATE_STEPS = 3;
const GAP = "\u00a0";
const NUMBER = new Intl.NumberFormat("en-GB", { maximumSignificantDigits: 3 });

export function sayAnswer(facts: Pick<VerdictFacts, "answer" | "isSplitBroken">): {
  readonly said: string;
  readonly isAlarm: boolean;
} {
  const { said, isAlarm } = ANSWERS[facts.answer];
  return { said: facts.isSplitBroken ? `${said}: sample ratio mismatch` : said, isAlarm };
}

/** One sentence below it. */
export function sayHeadline({ headline, isSplitBroken }: VerdictFacts): string {
  return isSplitBroken
    ? "The answers that reached callers do not follow the weights, and chance does not account for it. Who is missing is not known, so no difference between the variants means anything."
    : headline;
}

export function nameMetric(metric: string): string {
  return METRICS[metric] ?? metric.replaceAll("_", " ");
}

/** 0.0123 → "+1.23 pp" of a share (percentage points), "+0.0123" of anything else. */
export function formatDifference(metric: string, value: number): string {
  const sign = value > 0 ? "+" : value < 0 ? "−" : "";
  return `${sign}${formatSize(metric, value)}`;
}

/** The same without its sign. */
export function formatSize(metric: string, value: number): string {
  const size = Math.abs(value);
  return OWN_UNIT.includes(metric) ? NUMBER.format(size) : `${NUMBER.format(size * 100)}${GAP}pp`;
}

/** When it looked, when it looks again, and how long it will take. */
export function sayLooks(
  { at, nextAt, looks, daysLeft, answer, isSplitBroken }: VerdictFacts,
  now: number,
): {
  readonly said: string;
  readonly isLate: boolean;
} {
  const isLate = looks > 0 && now > at + LATE_STEPS * (nextAt - at);
  const next = isLate
    ? `the next was due at ${formatClockAndDay(nextAt)} and has not come`
    : `the next is due at ${formatClockAndDay(nextAt)}`;
  const seen =
    looks === 0
      ? "No look yet"
      : `${formatCount(looks)} ${looks === 1 ? "look" : "looks"}, the last at ${formatClockAndDay(at)}; ${next}`;
  const isOpen = answer === "not_enough_data" && !isSplitBroken;
  return { said: `${seen}.${isOpen ? ` ${sayDays(daysLeft)}` : ""}`, isLate };
}

function sayDays(days: number | null): string {
  if (days === null) return "How many more days it takes is not known.";
  if (days <= 1) return "About one more day at this pace, or less.";
  return `About ${Math.ceil(days)} more days at this pace.`;
}

export function sayGuardrail({ metric, state, breachedBy }: VerdictGuardrail): {
  readonly name: string;
  readonly state: "ok" | "look" | "unknown";
  readonly word: string;
} {
  const name = nameMetric(metric);
  if (state === "holds") return { name, state: "ok", word: "holds" };
  if (state === "open") return { name, state: "unknown", word: "not breached so far" };
  const by = breachedBy.length === 0 ? "" : ` by ${formatList(breachedBy)}`;
  return { name, state: "look", word: `breached${by}` };
}

/** Where a value lies on a bar that has 0 in its middle, 0 to 1, and where the edge of the margin does. */
export interface IntervalPlaces {
  readonly low: number;
  readonly value: number;
  readonly high: number;
  readonly margin: number;
  /** What the bar's ends stand for. */
  readonly end: number;
}

export function placeInterval(
  { value, low, high }: { readonly value: number; readonly low: number; readonly high: number },
  margin: number,
): IntervalPlaces {
  const end = 1.15 * Math.max(Math.abs(low), Math.abs(high), margin) || 1;
  const place = (number: number) => Math.min(1, Math.max(0, (number + end) / (2 * end)));
  return { low: place(low), value: place(value), high: place(high), margin: place(margin), end };
}
