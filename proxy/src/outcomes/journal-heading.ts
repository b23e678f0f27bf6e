import { randomUUID } from "node:crypto";
import { JournalError } from "./journal-error.ts";

const VERSION = 1;

/** The first line of every journal: without it, a file is somebody else's and is left as it is. */
export type Heading = readonly ["journal", version: number, id: string];

/** @returns a heading with an id that no other journal has */
export function createHeading(): Heading {
  return ["journal", VERSION, randomUUID()];
}

/** @param content of a first line, undefined where it cannot be read @throws JournalError for that of no journal */
export function readHeading(content: unknown, file: string): Heading {
  const [kind, version, id]: readonly unknown[] = Array.isArray(content) ? content : [];
  if (kind !== "journal" || typeof version !== "number" || typeof id !== "string")
    throw new JournalError(
      `${file} (outcomes.journal) is no journal: its first line, line 1, is none of one; name a file that is not there yet, or an empty one`,
    );
  if (version !== VERSION)
    throw new JournalError(
      `${file} (outcomes.journal) is a journal of version ${version}, and this gateway reads version ${VERSION}: start the version that wrote it, or name another file`,
    );
  return ["journal", version, id];
}
