import { CommandError } from "./command-error.ts";

/** One line of a data file: a text and the label, or the number, that a person gave it. */
export interface Row {
  /** Its line in the file, from 1. */
  readonly line: number;
  /** In lower case, as workers answer; a number as it is written. */
  readonly label: string;
  readonly text: string;
}

const FORMAT = "each line must be label<TAB>text, or number<TAB>text for a regression";
const HEADINGS = ["label\ttext", "number\ttext"];

/**
 * `content` holds `label<TAB>text` or `number<TAB>text` lines; a first line that reads exactly so is a heading. Blank
 * lines are skipped.
 */
export function parseDataset(content: string, file: string): Row[] {
  const rows: Row[] = [];
  for (const [index, raw] of content
    .replace(/^\uFEFF/, "")
    .split("\n")
    .entries()) {
    const source = raw.endsWith("\r") ? raw.slice(0, -1) : raw;
    const line = index + 1;
    if (source.trim() === "" || (line === 1 && HEADINGS.includes(source.toLowerCase()))) continue;
    const tab = source.indexOf("\t");
    if (tab < 0) throw malformed(file, line, `has no tab; ${FORMAT}`);
    const label = source.slice(0, tab).trim().toLowerCase();
    const text = source.slice(tab + 1).trim();
    if (label === "") throw malformed(file, line, `has no label before the tab; ${FORMAT}`);
    if (text === "")
      throw malformed(file, line, `has no text after the tab; remove the line or give it a text`);
    rows.push({ line, label, text });
  }
  if (rows.length === 0) throw new CommandError("data_empty", `${file} holds no text; ${FORMAT}`);
  return rows;
}

function malformed(file: string, line: number, problem: string): CommandError {
  return new CommandError("data_malformed", `${file}:${line} ${problem}`);
}

/**
 * `limit` rows spread evenly over the file. The first `limit` would be wrong where a file is sorted by label,
 * and a random choice would give another figure each time.
 */
export function takeEvenly(rows: readonly Row[], limit: number | undefined): readonly Row[] {
  if (limit === undefined || limit >= rows.length) return rows;
  return rows.filter(
    (_, index) =>
      Math.floor((index * limit) / rows.length) !== Math.floor(((index - 1) * limit) / rows.length),
  );
}
