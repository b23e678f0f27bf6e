import type { Confusion } from "../document/document.ts";
import { sayCount, sayShare } from "../document/say.ts";
import { html, type Markup } from "./markup.ts";

const SHADES = 9;

/** A table is the heat map: its cells are shaded by their share of the row. */
export function drawConfusion({ variant, labels, counts }: Confusion): Markup {
  const title = `Predictions of ${variant}, by truth`;
  return html`<div class="scroll" role="region" aria-label="${title}" tabindex="0"><table class="confusion">
<caption>${title} <small>share of each truth</small></caption>
<thead><tr><th scope="col">truth ↓ said →</th>${labels.map((label) => html`<th scope="col">${label}</th>`)}</tr></thead>
<tbody>${labels.map((label, row) => {
    const cells = counts[row] ?? [];
    const all = cells.reduce((sum, count) => sum + count, 0);
    return html`<tr><th scope="row">${label}</th>${cells.map((count, column) => {
      const share = all === 0 ? 0 : count / all;
      return html`<td class="heat${Math.round(share * SHADES)}${row === column ? " right" : ""}">${all === 0 ? "–" : html`${sayShare(share)}<br><small>${sayCount(count)}</small>`}</td>`;
    })}</tr>\n`;
  })}</tbody>
</table></div>
`;
}
