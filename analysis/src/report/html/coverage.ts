import type { Coverage } from "../document/document.ts";
import { sayShare } from "../document/say.ts";
import { drawChart, place } from "./chart.ts";
import { html, type Markup } from "./markup.ts";

const ROW = 44;
const BAR = 12;

/** How much of the truth is known, by variant. */
export function drawCoverage({ rows }: Coverage): Markup {
  const description = `Share of the predictions whose truth is known. ${rows
    .map(
      ({ name, share }) =>
        `${name}: ${sayShare(share.value)}, ${sayShare(share.low)} to ${sayShare(share.high)}`,
    )
    .join("; ")}`;
  const chart = drawChart(description, (width) => {
    const x = (share: number) => place(Math.min(1, Math.max(0, share)) * (width - 2) + 1);
    return {
      height: rows.length * ROW,
      content: html`${rows.map(({ name, share }, index) => {
        const top = index * ROW;
        const y = top + 22;
        return html`<text class="name" x="1" y="${top + 15}">${name}</text><text class="tick end" x="${width - 1}" y="${top + 15}">${sayShare(share.value)} (${sayShare(share.low)} to ${sayShare(share.high)})</text>
<rect class="track" x="1" y="${y}" width="${width - 2}" height="${BAR}" rx="3"/><rect class="known" x="1" y="${y}" width="${place(x(share.value) - 1)}" height="${BAR}" rx="3"/>
<line class="whisker" x1="${x(share.low)}" y1="${y + BAR / 2}" x2="${x(share.high)}" y2="${y + BAR / 2}"/>`;
      })}`,
    };
  });
  return html`<figure><figcaption>Share of the predictions whose truth is known</figcaption>
${chart}</figure>
`;
}
