import type { FileHandle } from "node:fs/promises";
import { JournalError } from "./journal-error.ts";
import { readLine } from "./journal-line.ts";

const LINE_END = 0x0a;
const READ_BYTES = 1024 * 1024;

/**
 * Calls `take` with each line's content. A last line that was torn by the end of its process or machine was never
 * acknowledged, and is passed over.
 *
 * @returns how many bytes are whole
 * @throws JournalError where a damaged line has whole ones behind it: that is no torn end
 */
export async function readJournal(
  handle: FileHandle,
  file: string,
  take: (content: unknown) => void,
): Promise<number> {
  let rest: Buffer = Buffer.alloc(0);
  let position = 0;
  let wholeBytes = 0;
  let line = 0;
  let damaged: number | undefined;
  for (;;) {
    const buffer = Buffer.allocUnsafe(READ_BYTES);
    const { bytesRead } = await handle.read(buffer, 0, READ_BYTES, position);
    if (bytesRead === 0) return wholeBytes;
    position += bytesRead;
    rest = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
    let start = 0;
    for (let end = rest.indexOf(LINE_END); end >= 0; end = rest.indexOf(LINE_END, start)) {
      line++;
      const content = readLine(rest.toString("utf8", start, end));
      const bytes = end + 1 - start;
      start = end + 1;
      if (content === undefined) {
        damaged ??= line;
        continue;
      }
      if (damaged !== undefined)
        throw new JournalError(
          `${file} (outcomes.journal) is damaged at line ${damaged}: restore it, or move it away to begin anew`,
        );
      wholeBytes += bytes;
      take(content);
    }
    rest = rest.subarray(start);
  }
}
