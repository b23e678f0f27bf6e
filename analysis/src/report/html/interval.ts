import { isShare, nameMetric, showDifference, showInterval, showMargin } from "../../verdict/metric-words.ts";
import type { Estimate } from "../../verdict/verdict.ts";
import type { ForestRow } from "../document/document.ts";
import { forestScale, ticksOf } from "../document/scale.ts";
import { drawChart, place } from "./chart.ts";
import { html, type Markup } from "./markup.ts";

const HEIGHT = 74;
const MIDDLE = 30;
const AXIS = 52;
const EDGE = 24;

/** One row of the forest plot. */
export function drawInterval(row: ForestRow, difference: Estimate): Markup {
  const { metric, margin, first, second, direction, tone } = row;
  const scale = forestScale([difference], margin);
  const unit = isShare(metric) ? 100 : 1;
  const [below, above] = direction === "increase" ? [second, first] : [first, second];
  const description = `${nameMetric(metric)}, ${first} less ${second}: ${showDifference(metric, difference.value)}, interval ${showInterval(metric, difference)}${margin > 0 ? `, margin ${showMargin(metric, margin)}` : ""}`;
  return drawChart(description, (width) => {
    const x = (at: number) =>
      place(
        EDGE +
          ((Math.min(scale.most, Math.max(scale.least, at)) - scale.least) / (scale.most - scale.least)) *
            (width - 2 * EDGE),
      );
    const ticks = ticksOf(scale).filter(
      (_, index, all) => width > 500 || (index + (all.length >> 1)) % 2 === 0 || all.length < 5,
    );
    const [low, high, value] = [difference.low, difference.high, difference.value].map(x) as [
      number,
      number,
      number,
    ];
    return {
      height: HEIGHT,
      content: html`<rect class="within" x="${x(-margin)}" y="12" width="${place(x(margin) - x(-margin))}" height="${AXIS - 12}"/>
<line class="axis" x1="${EDGE}" y1="${AXIS}" x2="${width - EDGE}" y2="${AXIS}"/>
<line class="zero" x1="${x(0)}" y1="8" x2="${x(0)}" y2="${AXIS}"/>
<text class="side" x="${EDGE}" y="9">◂ ${below} better</text>
<text class="side end" x="${width - EDGE}" y="9">${above} better ▸</text>
<g class="interval ${tone}"><line class="bar" x1="${low}" y1="${MIDDLE}" x2="${high}" y2="${MIDDLE}"/>
<line class="cap" x1="${low}" y1="${MIDDLE - 7}" x2="${low}" y2="${MIDDLE + 7}"/>
<line class="cap" x1="${high}" y1="${MIDDLE - 7}" x2="${high}" y2="${MIDDLE + 7}"/>
<circle cx="${value}" cy="${MIDDLE}" r="6"/></g>
${ticks.map(
  (tick) =>
    html`<line class="axis" x1="${x(tick)}" y1="${AXIS}" x2="${x(tick)}" y2="${AXIS + 4}"/><text class="tick" x="${x(tick)}" y="${AXIS + 17}">${signed(tick * unit)}</text>`,
)}`,
    };
  });
}

/** "+0.5", "0", "−1.5". */
export function signed(value: number): string {
  const shown = String(Number(Math.abs(value).toPrecision(4)));
  return value === 0 ? "0" : `${value < 0 ? "−" : "+"}${shown}`;
}
