import { nameMetric, showDifference, showInterval, showMargin } from "../../verdict/metric-words.ts";
import type { Check } from "../../verdict/verdict.ts";
import type { Block, Confusion, Document, ForestRow, Looks } from "../document/document.ts";
import { sayMoment, sayRow, sayShare } from "../document/say.ts";
import { thin } from "./plots.ts";

const MOST_LOOKS = 10;
const CHECKS: Readonly<Record<Check, string>> = { ok: "ok", failed: "**failed**", unknown: "unknown" };

/** The report as GitHub Flavored Markdown. @see https://github.github.com/gfm/ */
export function renderMarkdown(document: Document): string {
  const { line, title, isMasked, sections } = document;
  return `${[
    `# ${literal(line)}`,
    `${literal(title)}${isMasked ? " (masked)" : ""}`,
    ...sections.flatMap((section) => [`## ${literal(section.title)}`, ...section.blocks.map(renderBlock)]),
  ].join("\n\n")}\n`;
}

function renderBlock(block: Block): string {
  switch (block.kind) {
    case "paragraph":
      return literal(block.text);
    case "list":
      return block.items.map((item) => `- ${literal(item)}`).join("\n");
    case "facts":
      return table(
        ["", ""],
        block.facts.map(({ term, text }) => [term, text]),
      );
    case "checks":
      return rawTable(
        ["Check", "", "What was found"],
        block.checks.map(({ name, check, text }) => [
          literal(name),
          check === null ? "" : CHECKS[check],
          literal(text),
        ]),
      );
    case "table":
      return `### ${literal(block.title)}\n\n${table(block.head, block.rows)}`;
    case "forest":
      return block.rows.length === 0 ? "" : forest(block.rows);
    case "looks":
      return looks(block);
    case "confusions":
      return block.variants.map(confusion).join("\n\n");
    case "coverage":
      return table(
        ["variant", "share of known truth", "interval"],
        block.rows.map(({ name, share }) => [
          name,
          sayShare(share.value),
          `${sayShare(share.low)} to ${sayShare(share.high)}`,
        ]),
      );
  }
}

function forest(rows: readonly ForestRow[]): string {
  const remarks = rows.flatMap(({ metric, kind, first, second, remarks: all, values }) =>
    [values, ...all]
      .filter((text) => text !== "")
      .map((text) => `- ${literal(`${nameMetric(metric)} (${kind}), ${first} less ${second}: ${text}`)}`),
  );
  const lines = table(
    ["Metric", "", "", "Difference", "Interval", "Margin", "Decision"],
    rows.map(({ metric, kind, first, second, difference, missing, margin, decision }) => [
      nameMetric(metric),
      kind,
      `${first} less ${second}`,
      difference === null ? missing : showDifference(metric, difference.value),
      difference === null ? "" : showInterval(metric, difference),
      margin > 0 ? showMargin(metric, margin) : "",
      decision,
    ]),
  );
  return [lines, remarks.join("\n")].filter((text) => text !== "").join("\n\n");
}

function confusion({ variant, labels, counts }: Confusion): string {
  return `### ${literal(`Predictions of ${variant}, by truth`)}\n\n${table(
    ["truth ↓ said →", ...labels],
    labels.map((label, row) => [label, ...sayRow(counts[row] ?? [])]),
  )}`;
}

function looks({ metric, first, second, points }: Looks): string {
  return `${literal(`${nameMetric(metric)}, ${first} less ${second}, at some of ${points.length} looks:`)}\n\n${table(
    ["Look", "Difference", "Interval"],
    thin(points, MOST_LOOKS).map(({ at, difference }) => [
      sayMoment(at),
      showDifference(metric, difference.value),
      showInterval(metric, difference),
    ]),
  )}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return rawTable(
    head.map(literal),
    rows.map((row) => row.map(literal)),
  );
}

function rawTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** Names and labels are other people's: nothing of them may be markup. */
function literal(text: string): string {
  return text.replace(/[\r\n]+/g, " ").replace(/[\\`*_[\]<>|#~!&]/g, "\\$&");
}
