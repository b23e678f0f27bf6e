import type { Direction, MetricName } from "../../../proxy/src/config/analysis-config.ts";

const WORDS: Readonly<Record<MetricName, string>> = {
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

/** Metrics that are no share of 1, and keep their own unit. */
const OWN_UNIT: ReadonlySet<MetricName> = new Set<MetricName>([
  "revenue",
  "rating",
  "nps",
  "mean_absolute_error",
  "root_mean_squared_error",
]);

export function nameMetric(metric: MetricName): string {
  return WORDS[metric];
}

export function isShare(metric: MetricName): boolean {
  return !OWN_UNIT.has(metric);
}

/** 0.1234 → "12.34 %" of a share, "0.1234" of anything else. */
export function showValue(metric: MetricName, value: number): string {
  return isShare(metric) ? `${decimals(value * 100)} %` : decimals(value);
}

/** 0.0123 → "+1.23 pp" of a share (percentage points), "+0.0123" of anything else. */
export function showDifference(metric: MetricName, value: number): string {
  const shown = isShare(metric) ? `${decimals(Math.abs(value) * 100)} pp` : decimals(Math.abs(value));
  return /[1-9]/.test(shown) ? `${value < 0 ? "−" : "+"}${shown}` : shown;
}

/** 0.005 → "0.5 pp". */
export function showMargin(metric: MetricName, margin: number): string {
  return isShare(metric) ? `${decimals(margin * 100)} pp` : decimals(margin);
}

export function showInterval(metric: MetricName, { low, high }: { low: number; high: number }): string {
  return `${showDifference(metric, low)} to ${showDifference(metric, high)}`;
}

export function sayDirection(direction: Direction): string {
  return direction === "increase" ? "higher is better" : "lower is better";
}

/** Four significant digits at most, never in powers of ten where that can be read otherwise. */
function decimals(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? "∞" : value < 0 ? "−∞" : "unknown";
  const rounded = Number(value.toPrecision(4));
  const text =
    Math.abs(rounded) >= 1e9 || (rounded !== 0 && Math.abs(rounded) < 1e-6)
      ? rounded.toExponential()
      : String(Number(rounded.toFixed(8)));
  return text.replace("-", "−");
}
