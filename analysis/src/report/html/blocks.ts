import { isShare, nameMetric, showDifference, showInterval, showMargin } from "../../verdict/metric-words.ts";
import type { Block, Checks, ForestRow, Looks, Table } from "../document/document.ts";
import { sayMoment } from "../document/say.ts";
import { thin } from "../text/plots.ts";
import { drawConfusion } from "./confusion.ts";
import { drawCoverage } from "./coverage.ts";
import { drawInterval } from "./interval.ts";
import { drawLooks } from "./looks.ts";
import { html, type Markup } from "./markup.ts";

const MOST_LOOKS = 12;

export function renderBlock(block: Block): Markup {
  switch (block.kind) {
    case "paragraph":
      return html`<p>${block.text}</p>\n`;
    case "list":
      return html`<ul class="reasons">${block.items.map((item) => html`<li>${item}</li>\n`)}</ul>\n`;
    case "facts":
      return html`<dl class="facts">${block.facts.map(
        ({ term, text }) => html`<div><dt>${term}</dt><dd>${text}</dd></div>\n`,
      )}</dl>\n`;
    case "checks":
      return renderChecks(block);
    case "table":
      return renderTable(block);
    case "forest":
      return html`<ol class="forest">${block.rows.map(renderDifference)}</ol>\n`;
    case "looks":
      return renderLooks(block);
    case "confusions":
      return html`<div class="pair">${block.variants.map(drawConfusion)}</div>\n`;
    case "coverage":
      return drawCoverage(block);
  }
}

const SIGNS = { ok: "✓", failed: "✗", unknown: "?" } as const;

function renderChecks({ checks }: Checks): Markup {
  return html`<ul class="checks">${checks.map(
    ({ name, check, text }) => html`<li class="${check ?? "said"}">
<span class="sign" aria-hidden="true">${check === null ? "·" : SIGNS[check]}</span>
<div><strong>${name}</strong> <span class="state">${check ?? ""}</span><br>${text}</div>
</li>
`,
  )}</ul>\n`;
}

/** Wide tables scroll within themselves, by keyboard too; on a narrow screen each cell is a line behind its head. */
function renderTable({ title, head, rows }: Table): Markup {
  return html`<div class="scroll" role="region" aria-label="${title}" tabindex="0"><table class="rows">
<caption>${title}</caption>
<thead><tr>${head.map((cell) => html`<th scope="col">${cell}</th>`)}</tr></thead>
<tbody>${rows.map(
    ([first = "", ...cells]) =>
      html`<tr><th scope="row">${first}</th>${cells.map((cell, column) => html`<td data-head="${head[column + 1] ?? ""}">${cell.replaceAll(" %", "\u00a0%")}</td>`)}</tr>\n`,
  )}</tbody>
</table></div>
`;
}

function renderDifference(row: ForestRow): Markup {
  const { metric, kind, first, second, values, difference, margin, decision, tone, remarks } = row;
  return html`<li>
<div class="what"><h3>${nameMetric(metric)} <small>${kind} · ${first} less ${second}</small></h3>
<span class="decision ${tone}">${decision}</span></div>
${
  difference === null
    ? html`<p class="quiet">${row.missing}</p>`
    : html`${drawInterval(row, difference)}
<p class="figures"><strong>${showDifference(metric, difference.value)}</strong>
<span>interval ${showInterval(metric, difference)}</span> ${margin > 0 ? html`<span>margin ${showMargin(metric, margin)}</span>` : ""}</p>`
}
${[values, ...remarks].some((text) => text !== "") ? html`<p class="quiet">${[values, ...remarks].filter((text) => text !== "").join(" · ")}</p>` : ""}
</li>
`;
}

function renderLooks(looks: Looks): Markup {
  const { metric, first, second, points, margin, direction } = looks;
  const title = `${nameMetric(metric)}, ${first} less ${second}${isShare(metric) ? ", percentage points" : ""}`;
  return html`<figure>
<figcaption>${title} <small>above 0, ${direction === "increase" ? first : second} is better</small></figcaption>
${drawLooks(looks)}
<p class="legend"><span class="key line"></span> difference <span class="key band"></span> its interval, valid at every look <span class="key margin"></span> margin ${showMargin(metric, margin)}</p>
<details><summary>The same as a table</summary>
<div class="scroll" role="region" aria-label="${title}, as a table" tabindex="0"><table>
<thead><tr><th scope="col">look</th><th scope="col">difference</th><th scope="col">interval</th></tr></thead>
<tbody>${thin(points, MOST_LOOKS).map(
    ({ at, difference }) =>
      html`<tr><th scope="row">${sayMoment(at)}</th><td>${showDifference(metric, difference.value)}</td><td>${showInterval(metric, difference)}</td></tr>\n`,
  )}</tbody>
</table></div></details>
</figure>
`;
}
