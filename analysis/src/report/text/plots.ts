import { nameMetric, showDifference, showInterval, showMargin } from "../../verdict/metric-words.ts";
import type { ForestRow, Looks, Tone } from "../document/document.ts";
import { sayDate, sayTime } from "../document/say.ts";
import { forestScale, type Scale } from "../document/scale.ts";
import { wrap } from "./layout.ts";

const MOST_LOOKS = 12;
const TWO_DAYS_MS = 2 * 86_400_000;

/** A difference with its interval, drawn on a line of its own: `──├───●───┤──`. */
export function drawForestRow(
  row: ForestRow,
  width: number,
  paint: (text: string, tone: Tone) => string,
): string[] {
  const {
    metric,
    kind,
    first: one,
    second: other,
    values,
    difference,
    missing,
    decision,
    tone,
    remarks,
    margin,
  } = row;
  const [first = "", ...others] = wrap(
    `${nameMetric(metric)} (${kind}), ${one} less ${other}: ${decision}`,
    width,
  );
  const name = [first, ...others].map((line) => line.replace(decision, paint(decision, tone)));
  if (difference === null) return [...name, ...wrap(missing, width - 2).map((line) => `  ${line}`)];
  return [
    ...name,
    `  ${drawInterval(difference, forestScale([difference], margin), width - 2)}`,
    ...wrap(
      `${showDifference(metric, difference.value)}, interval ${showInterval(metric, difference)}${margin > 0 ? `; margin ${showMargin(metric, margin)} (┊)` : ""}`,
      width - 2,
    ).map((line) => `  ${line}`),
    ...(values === "" ? [] : wrap(values, width - 2).map((line) => `  ${line}`)),
    ...remarks.flatMap((remark) => wrap(remark, width - 2).map((line) => `  ${line}`)),
  ];
}

/** Columns from left to right; 0 is │, the margin on either side ┊, the estimate ●. */
function drawInterval(
  { value, low, high }: { value: number; low: number; high: number },
  scale: Scale,
  width: number,
): string {
  const column = (at: number) =>
    Math.min(
      width - 1,
      Math.max(0, Math.round(((at - scale.least) / (scale.most - scale.least)) * (width - 1))),
    );
  const cells = Array.from({ length: width }, () => " ");
  const put = (at: number, sign: string) => {
    cells[column(at)] = sign;
  };
  for (const at of scale.marks) put(at, "┊");
  put(0, "│");
  for (let at = column(low) + 1; at < column(high); at++) cells[at] = cells[at] === "│" ? "┼" : "─";
  put(low, low < scale.least ? "◄" : "├");
  put(high, high > scale.most ? "►" : "┤");
  put(value, "●");
  return cells.join("").trimEnd();
}

/** Some of the looks, each on its line. */
export function drawLooks({ metric, first, second, margin, points }: Looks, width: number): string[] {
  const shown = thin(points, MOST_LOOKS);
  const scale = forestScale(
    shown.map(({ difference }) => difference),
    margin,
  );
  const isShort = (points.at(-1)?.at ?? 0) - (points[0]?.at ?? 0) <= TWO_DAYS_MS;
  const room = width - 13;
  return [
    ...wrap(
      `${nameMetric(metric)}, ${first} less ${second}; ${shown.length} of ${points.length} looks, from ${showDifference(metric, scale.least)} to ${showDifference(metric, scale.most)}`,
      width,
    ),
    ...shown.map(
      ({ at, difference }) =>
        `${(isShort ? sayTime(at) : sayDate(at)).padEnd(11)}  ${drawInterval(difference, scale, room)}`,
    ),
  ];
}

/** So many of them, evenly, with the last. */
export function thin<T>(all: readonly T[], most: number): readonly T[] {
  if (all.length <= most) return all;
  return Array.from({ length: most }, (_, index) => {
    const place = Math.round(((index + 1) * all.length) / most) - 1;
    return all[place];
  }).filter((one): one is T => one !== undefined);
}
