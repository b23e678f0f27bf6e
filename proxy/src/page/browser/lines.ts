import { minus } from "./counters.ts";
import { type Histogram, quantileOf } from "./histogram.ts";
import { beginOf, type Entry, type History } from "./history.ts";
import { LONGEST_SPAN_MS, type Span, trailMs } from "./spans.ts";

/** The lines of one chart: seconds over time, one list for each variant and quantile. */
export interface Lines {
  /** Seconds since 1970, ascending. */
  readonly times: readonly number[];
  readonly lines: readonly Line[];
}

export interface Line {
  readonly variant: string;
  readonly quantile: number;
  /** Seconds, one for each time; null where nothing was observed. */
  readonly values: readonly (number | null)[];
}

const QUANTILES = [0.5, 0.99] as const;

/** A phone need not draw more, and nobody sees more. */
const MAX_POINTS = 150;

/** P50 and P99 of the trailing stretch at each moment of the span. */
export function drawLines(
  history: History,
  span: Span,
  variants: readonly string[],
  histogram: "wait" | "inference",
): Lines {
  const { entries } = history;
  const last = entries.at(-1);
  const from = (last?.at ?? 0) - (span.lengthMs ?? LONGEST_SPAN_MS);
  const step = Math.max(1, Math.ceil(entries.filter(({ at }) => at >= from).length / MAX_POINTS));
  // Counted from the newest, so that points stay where they are on the screen while the history grows.
  const drawn = entries.filter(({ at }, index) => at >= from && (entries.length - 1 - index) % step === 0);
  const begins = drawn.map((entry) => beginOf(history, entry, trailMs(span)));
  return {
    times: drawn.map(({ at }) => at / 1_000),
    lines: variants.flatMap((variant) => {
      const points = drawn.map((entry, index) => gainedBetween(begins[index], entry, variant, histogram));
      return QUANTILES.map((quantile) => ({
        variant,
        quantile,
        values: points.map((point) => quantileOf(quantile, point) ?? null),
      }));
    }),
  };
}

/** Of this histogram alone: a page that compared all counters at every point would be felt on a phone. */
function gainedBetween(
  begin: Entry | undefined,
  end: Entry,
  variant: string,
  histogram: "wait" | "inference",
): Histogram | undefined {
  const now = end.gained.variants[variant]?.[histogram];
  const before = begin?.gained.variants[variant]?.[histogram];
  if (begin === undefined || now === undefined) return undefined;
  return before === undefined ? now : minus(now, before);
}
