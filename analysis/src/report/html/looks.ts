import { isShare, nameMetric, showDifference, showInterval } from "../../verdict/metric-words.ts";
import type { Looks } from "../document/document.ts";
import { sayDate, sayMany, sayMoment, sayTime } from "../document/say.ts";
import { forestScale, ticksOf } from "../document/scale.ts";
import { drawChart, place } from "./chart.ts";
import { signed } from "./interval.ts";
import { html, type Markup } from "./markup.ts";

const HEIGHT = 260;
const [TOP, RIGHT, BOTTOM, LEFT] = [22, 12, 30, 46];
/** Between two dates: the first begins at its place, the next has its middle there. */
const DATE_WIDTH = 120;
const TWO_DAYS_MS = 2 * 86_400_000;

/** The difference over the looks, and the band that holds at every one of them. */
export function drawLooks(looks: Looks): Markup {
  const { metric, points, margin, decidedAt } = looks;
  const scale = forestScale(
    points.map(({ difference }) => difference),
    margin,
  );
  const unit = isShare(metric) ? 100 : 1;
  const [from, to] = [points[0]?.at ?? 0, points.at(-1)?.at ?? 1];
  return drawChart(describe(looks), (width) => {
    const [right, bottom] = [width - RIGHT, HEIGHT - BOTTOM];
    const x = (at: number) => place(LEFT + ((at - from) / Math.max(1, to - from)) * (right - LEFT));
    const y = (value: number) =>
      place(
        bottom -
          ((Math.min(scale.most, Math.max(scale.least, value)) - scale.least) / (scale.most - scale.least)) *
            (bottom - TOP),
      );
    const along = (pick: "low" | "value" | "high") =>
      points.map(({ at, difference }) => `${x(at)},${y(difference[pick])}`);
    const dates = Math.max(2, Math.min(points.length, Math.floor((right - LEFT) / DATE_WIDTH) + 1));
    return {
      height: HEIGHT,
      content: html`<rect class="within" x="${LEFT}" y="${y(margin)}" width="${right - LEFT}" height="${place(y(-margin) - y(margin))}"/>
${ticksOf(scale).map(
  (tick) =>
    html`<line class="${tick === 0 ? "zero" : "grid"}" x1="${LEFT}" y1="${y(tick)}" x2="${right}" y2="${y(tick)}"/><text class="tick end" x="${LEFT - 6}" y="${y(tick) + 4}">${signed(tick * unit)}</text>`,
)}
<polygon class="band" points="${[...along("high"), ...along("low").toReversed()].join(" ")}"/>
<polyline class="edge" points="${along("high").join(" ")}"/>
<polyline class="edge" points="${along("low").join(" ")}"/>
<polyline class="line" points="${along("value").join(" ")}"/>
${decidedAt === null || decidedAt < from ? "" : decision(x(decidedAt), bottom, right)}
${Array.from({ length: dates }, (_, index) => {
  const at = from + ((to - from) * index) / (dates - 1);
  const anchor = index === 0 ? "start" : index === dates - 1 ? "end" : "";
  return html`<text class="tick ${anchor}" x="${x(at)}" y="${HEIGHT - 8}">${to - from <= TWO_DAYS_MS ? sayTime(at) : sayDate(at)}</text>`;
})}`,
    };
  });
}

function decision(at: number, bottom: number, right: number): Markup {
  const anchor = at > right - 60 ? "end" : "start";
  return html`<line class="decided" x1="${at}" y1="${TOP - 14}" x2="${at}" y2="${bottom}"/><text class="side ${anchor}" x="${anchor === "end" ? at - 5 : at + 5}" y="${TOP - 8}">decided</text>`;
}

function describe({ metric, first, second, points, decidedAt }: Looks): string {
  const last = points.at(-1);
  const until =
    last === undefined
      ? ""
      : ` The last: ${showDifference(metric, last.difference.value)}, interval ${showInterval(metric, last.difference)}.`;
  const decided = decidedAt === null ? " Nothing is decided." : ` Decided ${sayMoment(decidedAt)}.`;
  return `${nameMetric(metric)}, ${first} less ${second}, over ${sayMany(points.length, "look")}.${until}${decided}`;
}
