export type Columns = readonly string[];

/** Lines of at most `width` columns; a word that is longer has a line of its own. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/ +/)) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** Terms beside their texts, which are wrapped; below each other where there is no room. */
export function layTable(
  rows: readonly (readonly [string, string])[] | readonly Columns[],
  width: number,
): string[] {
  const first = Math.max(0, ...rows.map(([term = ""]) => term.length));
  if (first > width / 2)
    return rows.flatMap(([term = "", text = ""]) => [
      ...wrap(term, width),
      ...wrap(text, width - 2).map((line) => `  ${line}`),
    ]);
  return rows.flatMap(([term = "", text = ""]) =>
    wrap(text, width - first - 2).map((line, index) => `${(index === 0 ? term : "").padEnd(first)}  ${line}`),
  );
}
