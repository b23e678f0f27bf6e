/** A column is a heading and how a row's cell is read; undefined becomes a dash. */
export type Column<Row> = readonly [string, (row: Row) => string | undefined];

/** The first column is left-aligned, the others are figures. */
export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): readonly string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [
    line(columns.map(([heading]) => heading)),
    line(columns.map((_, index) => (index === 0 ? "---" : "---:"))),
    ...rows.map((row) => line(columns.map(([, read]) => read(row) ?? "–"))),
  ];
}

export function figure(value: number | undefined, decimals = 0): string | undefined {
  return value?.toFixed(decimals);
}
