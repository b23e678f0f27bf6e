/** Plain-text tables that stay within a width: columns that do not fit continue in a further block. */

export interface Table {
  /** One heading per value column. */
  readonly headings: readonly string[];
  readonly rows: readonly TableRow[];
}

export interface TableRow {
  readonly name: string;
  readonly cells: readonly string[];
}

const GAP = "  ";
/** A name longer than this would push every figure out of sight. */
export const LONGEST_HEADING = 24;

export function renderTable(table: Table, width = 80): string[] {
  const headings = table.headings.map((heading) => shorten(heading, LONGEST_HEADING));
  const nameWidth = Math.max(0, ...table.rows.map((row) => row.name.length));
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...table.rows.map((row) => (row.cells[column] ?? "").length)),
  );
  const lines: string[] = [];
  for (const columns of blocks(widths, width - nameWidth)) {
    if (lines.length > 0) lines.push("");
    const line = (name: string, cells: readonly string[]) =>
      [
        name.padEnd(nameWidth),
        ...columns.map((column) => (cells[column] ?? "").padStart(widths[column] ?? 0)),
      ]
        .join(GAP)
        .trimEnd();
    lines.push(line("", headings), ...table.rows.map((row) => line(row.name, row.cells)));
  }
  return lines;
}

/** Column numbers, grouped so that each group fits; one column alone may be too wide. */
function blocks(widths: readonly number[], room: number): number[][] {
  const groups: number[][] = [];
  let used = Number.POSITIVE_INFINITY;
  for (const [column, width] of widths.entries()) {
    used += GAP.length + width;
    if (used > room) {
      groups.push([]);
      used = GAP.length + width;
    }
    groups.at(-1)?.push(column);
  }
  return groups;
}

export function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
