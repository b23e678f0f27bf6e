import { type Finding, tells } from "../load/support/findings.ts";
import type { Shown } from "./evaluate.ts";

/** Panels that a run cannot fill, and why. */
const NEEDS_MORE: Readonly<Record<string, string>> = {
  "Slower than its own past": "needs a day that ended an hour ago (--time-scale 1/60: a minute)",
};

/** A panel that has data keeps its promise; so does one of which we know why it cannot. */
export function figureOf({ dashboard, panel, series, allZero, empty, unnamed }: Shown): Finding {
  const name = `${dashboard}, ${panel}`;
  const why = NEEDS_MORE[panel];
  const named = unnamed.length === 0 ? "" : `; a legend names ${unnamed.join(", ")}, a series does not`;
  const some = empty.length === 0 ? "" : `; nothing from ${empty.join(", ")}`;
  if (series === 0 && why !== undefined) return tells(name, `none: ${why}`);
  return {
    name,
    figure: series === 0 ? "none" : `${series} series${allZero ? ", all 0" : ""}${some}`,
    promise: { text: `data${named}`, kept: series > 0 && unnamed.length === 0 },
  };
}
