import type { Check } from "../../verdict/verdict.ts";
import type { Block, Document, Tone } from "../document/document.ts";
import { sayRow, sayShare } from "../document/say.ts";
import { type Columns, layTable, wrap } from "./layout.ts";
import { drawForestRow, drawLooks } from "./plots.ts";

export interface Look {
  /** Columns of the terminal. */
  readonly width: number;
  readonly isColored: boolean;
}

/** SGR parameters. @see https://www.ecma-international.org/publications-and-standards/standards/ecma-48/ */
const COLORS: Readonly<Record<Tone, string>> = { good: "32", bad: "31", calm: "36", open: "33" };
const CHECKS: Readonly<Record<Check, Tone>> = { ok: "good", failed: "bad", unknown: "open" };
const NARROWEST = 40;
const WIDEST = 110;

/** The report as lines of at most `width` columns, words that are longer left aside. */
export function renderTerminal(document: Document, look: Look): string {
  const width = Math.min(WIDEST, Math.max(NARROWEST, look.width));
  const paint = (text: string, code: string) => (look.isColored ? `\u001b[${code}m${text}\u001b[0m` : text);
  const lines: string[] = [
    ...wrap(document.line, width).map((line) => paint(line, `1;${COLORS[document.tone]}`)),
    paint(`${document.title}${document.isMasked ? " (masked)" : ""}`, "2"),
  ];
  for (const { title, blocks } of document.sections) {
    lines.push("", paint(title, "1"));
    for (const [index, block] of blocks.entries()) {
      if (index > 0) lines.push("");
      lines.push(...layBlock(block, width - 2, paint).map((line) => (line === "" ? "" : `  ${line}`)));
    }
  }
  return `${lines.join("\n")}\n`;
}

type Paint = (text: string, code: string) => string;

function layBlock(block: Block, width: number, paint: Paint): string[] {
  switch (block.kind) {
    case "paragraph":
      return wrap(block.text, width);
    case "list":
      return block.items.flatMap((item) =>
        wrap(item, width - 2).map((line, index) => `${index === 0 ? "• " : "  "}${line}`),
      );
    case "facts":
      return layTable(
        block.facts.map(({ term, text }) => [`${term}:`, text]),
        width,
      );
    case "checks":
      return layChecks(block.checks, width, paint);
    case "table":
      return [
        paint(block.title, "4"),
        ...layNumbers([block.head, ...block.rows], width).map((line, index) =>
          index === 0 ? paint(line, "2") : line,
        ),
      ];
    case "forest":
      return block.rows.flatMap((row, index) => [
        ...(index === 0 ? [] : [""]),
        ...drawForestRow(row, width, (text, tone) => paint(text, COLORS[tone])),
      ]);
    case "looks":
      return drawLooks(block, width);
    case "confusions":
      return block.variants.flatMap(({ variant, labels, counts }, index) => [
        ...(index === 0 ? [] : [""]),
        paint(`Predictions of ${variant}, by truth`, "4"),
        ...layNumbers(
          [
            ["truth ↓ said →", ...labels],
            ...labels.map((label, row) => [label, ...sayRow(counts[row] ?? [])]),
          ],
          width,
        ),
      ]);
    case "coverage":
      return layTable(
        block.rows.map(({ name, share }) => [
          name,
          `${sayShare(share.value)} of the predictions (${sayShare(share.low)} to ${sayShare(share.high)})`,
        ]),
        width,
      );
  }
}

const MARKS: Readonly<Record<Check, string>> = { ok: "✓", failed: "✗", unknown: "?" };

function layChecks(
  checks: Extract<Block, { kind: "checks" }>["checks"],
  width: number,
  paint: Paint,
): string[] {
  return checks.flatMap(({ name, check, text }) =>
    wrap(`${name}: ${text}`, width - 2).map((line, index) =>
      index === 0
        ? `${check === null ? "·" : paint(MARKS[check], COLORS[CHECKS[check]])} ${line}`
        : `  ${line}`,
    ),
  );
}

/** A table with numbers at the right; turned round, or one line for each cell, where it is too wide for the terminal. */
function layNumbers(rows: readonly Columns[], width: number): string[] {
  const turned = (rows[0] ?? []).map((_, column) => rows.map((row) => row[column] ?? ""));
  for (const cells of [rows, turned]) {
    const widths = (cells[0] ?? []).map((_, column) =>
      Math.max(...cells.map((row) => (row[column] ?? "").length)),
    );
    if (widths.reduce((sum, one) => sum + one + 2, -2) > width) continue;
    return cells.map((row) =>
      row
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join("  ")
        .trimEnd(),
    );
  }
  const [head = [], ...body] = rows;
  return body.flatMap((row) => [
    ...wrap(row[0] ?? "", width),
    ...row
      .slice(1)
      .flatMap((cell, column) =>
        wrap(`${head[column + 1] ?? ""}: ${cell}`, width - 2).map((line) => `  ${line}`),
      ),
  ]);
}
