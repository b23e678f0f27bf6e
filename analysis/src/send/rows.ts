import { createReadStream } from "node:fs";
import { parse } from "csv-parse";
import { CommandError } from "../../../proxy/src/command/arguments.ts";
import { NUMERIC_OUTCOMES } from "../../../proxy/src/config/analysis-config.ts";

const NEEDED = ["token", "outcome"] as const;
const KNOWN = [...NEEDED, "value", "id"] as const;
type Column = (typeof KNOWN)[number];

/** One line of the file, as it is reported. */
export interface Row {
  /** Where it ends, from 1. */
  readonly line: number;
  /** Read of the file so far. */
  readonly bytes: number;
  /** As the file has them. */
  readonly cells: Readonly<Record<Column, string>>;
  readonly report: {
    readonly token: string;
    readonly outcome: string;
    readonly value?: string | number;
    readonly id?: string;
  };
}

/**
 * The rows of a CSV file (RFC 4180, UTF-8) behind its heading; other columns are passed over.
 *
 * @throws CommandError for a file that cannot be read, is no CSV, or lacks a column
 */
export async function* readRows(file: string): AsyncGenerator<Row> {
  const parser = parse({ columns: checkHeading, bom: true, info: true, skip_empty_lines: true, trim: true });
  const stream = createReadStream(file);
  stream.on("error", (error) => parser.destroy(error));
  stream.pipe(parser);
  try {
    for await (const { info, record } of parser as AsyncIterable<{
      readonly info: { readonly lines: number; readonly bytes: number };
      readonly record: Partial<Record<Column, string>>;
    }>)
      yield rowOf(record, info);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(`${file} cannot be read: ${(error as Error).message}`);
  } finally {
    stream.destroy();
  }
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

function rowOf(record: Partial<Record<Column, string>>, info: { lines: number; bytes: number }): Row {
  const { token = "", outcome = "", value = "", id = "" } = record;
  return {
    line: info.lines,
    bytes: info.bytes,
    cells: { token, outcome, value, id },
    report: {
      token,
      outcome,
      ...(value === "" ? {} : { value: readValue(outcome, value) }),
      ...(id === "" ? {} : { id }),
    },
  };
}

/** What is no number stays text, so that the gateway says what it wants there. */
function readValue(outcome: string, value: string): string | number {
  const isNumeric = (NUMERIC_OUTCOMES as readonly string[]).includes(outcome);
  return isNumeric && Number.isFinite(Number(value)) ? Number(value) : value;
}
