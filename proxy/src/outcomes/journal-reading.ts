import type { FileHandle } from "node:fs/promises";
import { JournalError } from "./journal-error.ts";
import { type Heading, readHeading } from "./journal-heading.ts";
import { readLine } from "./journal-line.ts";

const LINE_END = 0x0a;
const READ_BYTES = 1024 * 1024;

export interface JournalReading {
  /** Undefined for an empty file. */
  readonly heading: Heading | undefined;
  /** How many bytes are whole lines. */
  readonly bytes: number;
  /** A last line without its end: the end of its process or machine tore it, and nobody was told that it is there. */
  readonly torn: Buffer;
}

/**
 * Calls `take` with the content of each line behind the heading.
 *
 * @throws JournalError for a file that is no journal, and for a line that cannot be read
 */
export async function readJournal(
  handle: FileHandle,
  file: string,
  take: (content: unknown) => void,
): Promise<JournalReading> {
  let rest: Buffer = Buffer.alloc(0);
  let position = 0;
  let line = 0;
  let heading: Heading | undefined;
  for (;;) {
    const buffer = Buffer.allocUnsafe(READ_BYTES);
    const { bytesRead } = await handle.read(buffer, 0, READ_BYTES, position);
    if (bytesRead === 0) break;
    position += bytesRead;
    rest = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
    let start = 0;
    for (let end = rest.indexOf(LINE_END); end >= 0; end = rest.indexOf(LINE_END, start)) {
      line++;
      const content = readLine(rest.toString("utf8", start, end));
      start = end + 1;
      if (line === 1) heading = readHeading(content, file);
      else takeLine(content, line, file, take);
    }
    rest = rest.subarray(start);
    // No journal's first line is so long: a large file of somebody else's is not read to its end.
    if (line === 0) readHeading(undefined, file);
  }
  return { heading, bytes: position - rest.length, torn: rest };
}

function takeLine(content: unknown, line: number, file: string, take: (content: unknown) => void): void {
  let flaw = "it was changed or written in part";
  try {
    if (content !== undefined) return take(content);
  } catch (error) {
    flaw = (error as Error).message;
  }
  throw new JournalError(
    `${file} (outcomes.journal) cannot be read at line ${line}: ${flaw}; restore the file, keep what is before it (head -n ${line - 1}), or move it away to begin anew`,
  );
}
