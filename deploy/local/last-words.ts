import type { LogLine } from "./log-line.ts";

const LIMIT = 12;
/** A program that fails says why on stderr, for whoever started it by hand, and in its log; which arrives first is open. */
const SAME_WITHIN_MS = 1_000;
/** Long sentences are cut for the terminal, each at another word. */
const COMPARED_CHARS = 200;

/** What a process said last: plain lines on stderr and errors of its log, oldest first. */
export interface LastWords {
  /** False for a line that says on stderr what the log has just said, or the other way round. */
  hear(line: LogLine, isStderr: boolean): boolean;
  lines(): readonly string[];
}

interface Words {
  readonly text: string;
  readonly isLogged: boolean;
  /** What is looked for in the other one's text. */
  readonly reason: string;
  readonly at: number;
  hasTwin: boolean;
}

/** @param now monotonic, in milliseconds. */
export function createLastWords(now: () => number): LastWords {
  const words: Words[] = [];

  return {
    hear(line, isStderr) {
      const heard = toWords(line, isStderr, now());
      if (heard === undefined) return true;
      const twin = words.find((before) => areTwins(before, heard));
      if (twin !== undefined) {
        twin.hasTwin = true;
        return false;
      }
      words.push(heard);
      if (words.length > LIMIT) words.shift();
      return true;
    },
    lines: () => words.map(({ text }) => text),
  };
}

function toWords(line: LogLine, isStderr: boolean, at: number): Words | undefined {
  if (line.kind === "error") {
    const reason = (line.cause ?? line.text).slice(0, COMPARED_CHARS);
    return { text: line.text, isLogged: true, reason, at, hasTwin: false };
  }
  if (!isStderr || line.kind !== "text" || line.text.trim() === "") return undefined;
  return { text: line.text, isLogged: false, reason: "", at, hasTwin: false };
}

function areTwins(before: Words, heard: Words): boolean {
  if (before.isLogged === heard.isLogged || before.hasTwin || heard.at - before.at > SAME_WITHIN_MS)
    return false;
  const [logged, plain] = before.isLogged ? [before, heard] : [heard, before];
  return logged.reason !== "" && plain.text.includes(logged.reason);
}
