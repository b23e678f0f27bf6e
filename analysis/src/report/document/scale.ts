import type { Estimate } from "../../verdict/verdict.ts";

export interface Scale {
  readonly least: number;
  readonly most: number;
  /** The margin on either side. */
  readonly marks: readonly number[];
}

/** How far beyond the margin, and beyond the middle interval of the looks, a scale goes. */
const MOST_MARGINS = 8;

/** From end to end of the intervals and the margin; the widest are cut, as those of first looks are. */
export function forestScale(estimates: readonly Estimate[], margin: number): Scale {
  const ends = estimates.flatMap(({ low, high }) => [low, high]).filter(Number.isFinite);
  const values = estimates.map(({ value }) => Math.abs(value)).filter(Number.isFinite);
  const widths = estimates
    .map(({ low, high }) => high - low)
    .filter(Number.isFinite)
    .sort((one, other) => one - other);
  // The last look alone may be as wide as it is; a series is cut at what most of it needs.
  const middle = widths[Math.floor(widths.length / 2)] ?? 0;
  const cut =
    Math.max(margin * MOST_MARGINS, middle * 1.5, estimates.length === 1 ? Infinity : 0) +
    Math.max(0, ...values);
  const reach = Math.min(Math.max(margin, ...ends.map(Math.abs), 0), cut);
  const most = (reach > 0 ? reach : 0.01) * 1.1;
  return { least: -most, most, marks: margin > 0 ? [-margin, margin] : [] };
}

/** Round numbers within the scale, 0 among them, at most nine. */
export function ticksOf({ least, most }: Scale): number[] {
  const rough = (most - least) / 6;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const first = Math.ceil(least / step);
  const last = Math.floor(most / step);
  return Array.from({ length: last - first + 1 }, (_, index) => {
    const tick = (first + index) * step;
    return Math.abs(tick) < step / 1e6 ? 0 : Number(tick.toPrecision(6));
  });
}
