/**
 * Colours that stay apart for every kind of colour blindness and on both of Grafana's backgrounds. Models have none of
 * the hues of good and bad, because which one is better is the question.
 */
export const COLORS = {
  control: "#8A6FDF",
  treatment: "#BF8F00",
  /** What was configured, promised or measured before, beside what is. */
  reference: "#8E8E8E",
  positive: "#2A86C8",
  neutral: "#A8A8A8",
  negative: "#D55E00",
  quiet: "#2A86C8",
  notice: "#E0A800",
  alarm: "#D55E00",
} as const;
