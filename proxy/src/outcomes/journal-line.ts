import { crc32 } from "node:zlib";

const CHECKSUM_CHARACTERS = 8;

/** One line of a journal: a checksum, and what it is of as JSON. */
export function writeLine(content: unknown): string {
  const text = JSON.stringify(content);
  return `${checksum(text)} ${text}\n`;
}

/** Undefined for what no gateway has written so. @param line without its line end */
export function readLine(line: string): unknown {
  const text = line.slice(CHECKSUM_CHARACTERS + 1);
  if (line.slice(0, CHECKSUM_CHARACTERS + 1) !== `${checksum(text)} `) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(CHECKSUM_CHARACTERS, "0");
}
