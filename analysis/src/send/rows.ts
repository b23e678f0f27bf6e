import { createReadStream } from "node:fs";
import { parse } from "csv-parse";
import { CommandError } from "../../../proxy/src/command/arguments.ts";
import { NUMERIC_OUTCOMES } from "../../../proxy/src/config/analysis-config.ts";

const NEEDED = ["token", "outcome"] as const;
const KNOWN = [...NEEDED, "value", "id"] as const;
type Column = (typeof KNOWN)[number];

interface Place {
  /** Where it ends, from 1. */
  readonly line: number;
  /** Read of the file so far. */
  readonly bytes: number;
}

/** One line of the file, as it is reported. */
export interface Row extends Place {
  /** As the file has them. */
  readonly cells: Readonly<Record<Column, string>>;
  readonly report: {
    readonly token: string;
    readonly outcome: string;
    readonly value?: string | number;
    readonly id?: string;
  };
  /** Why it cannot be reported. */
  readonly flaw: string | undefined;
}

/**
 * The rows of a CSV file (RFC 4180, UTF-8) behind its heading; other columns are passed over. A row that has more or fewer
 * cells than the heading has a flaw, and what follows is read all the same.
 *
 * @throws CommandError for a file that cannot be read, is no CSV, or lacks a column
 */
export async function* readRows(file: string): AsyncGenerator<Row> {
  // A quote within a cell that has none around it is a quote: the rest of the file is no part of that cell.
  let unclosed = false;
  const parser = parse({
    ...{ bom: true, info: true, skip_empty_lines: true, trim: true },
    ...{ relax_column_count: true, relax_quotes: true, skip_records_with_error: true },
    on_skip: () => {
      unclosed = true;
    },
  });
  const stream = createReadStream(file);
  stream.on("error", (error) => parser.destroy(error));
  stream.pipe(parser);
  let heading: readonly string[] | undefined;
  let last: Place = { line: 0, bytes: 0 };
  try {
    for await (const { info, record } of parser as AsyncIterable<{
      readonly info: { readonly lines: number; readonly bytes: number };
      readonly record: readonly string[];
    }>) {
      last = { line: info.lines, bytes: info.bytes };
      if (heading === undefined) heading = checkHeading(record);
      else yield rowOf(heading, record, last);
    }
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(`${file} cannot be read: ${(error as Error).message}`);
  } finally {
    stream.destroy();
  }
  heading ??= checkHeading([]);
  if (!unclosed) return;
  const flaw = "A quote that is opened in this line, or in one of the next, is not closed: close it.";
  yield { ...rowOf(heading, [], { ...last, line: last.line + 1 }), flaw };
}

function checkHeading(heading: readonly string[]): string[] {
  const names = heading.map((name) => name.trim().toLowerCase());
  const missing = NEEDED.filter((name) => !names.includes(name));
  if (missing.length > 0)
    throw new CommandError(
      `the first line lacks ${missing.join(" and ")}: it has to name the columns ${NEEDED.join(", ")}, and value and id where there are any`,
    );
  const repeated = KNOWN.find((name) => names.indexOf(name) !== names.lastIndexOf(name));
  if (repeated !== undefined) throw new CommandError(`the first line names ${repeated} twice: leave one out`);
  return names;
}

function rowOf(heading: readonly string[], record: readonly string[], place: Place): Row {
  const cell = (column: Column) => record[heading.indexOf(column)] ?? "";
  const cells = { token: cell("token"), outcome: cell("outcome"), value: cell("value"), id: cell("id") };
  const { token, outcome, value, id } = cells;
  return {
    ...place,
    cells,
    report: {
      token,
      outcome,
      ...(value === "" ? {} : { value: readValue(outcome, value) }),
      ...(id === "" ? {} : { id }),
    },
    flaw:
      record.length === heading.length
        ? undefined
        : `The row has ${record.length} cells and the first line ${heading.length}: give it as many.`,
  };
}

/** What is no number stays text, so that the gateway says what it wants there. */
function readValue(outcome: string, value: string): string | number {
  const isNumeric = (NUMERIC_OUTCOMES as readonly string[]).includes(outcome);
  return isNumeric && Number.isFinite(Number(value)) ? Number(value) : value;
}
