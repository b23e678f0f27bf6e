import type { Tokenizer } from "../model/tokenizer.ts";

/** A text on which `characterTokenizer` chokes. */
export const CHOKES = "☠";

/** One token per character, its code unit; 1 before and 2 behind. */
export function characterTokenizer(): Tokenizer & {
  /** What it was asked to split. */ readonly asked: string[];
} {
  const asked: string[] = [];
  return {
    prefix: [1],
    suffix: [2],
    unknownId: "?".charCodeAt(0),
    addedTokens: [],
    asked,
    encode(text) {
      asked.push(text);
      if (text.includes(CHOKES)) throw new Error("choked");
      return Array.from({ length: text.length }, (_, at) => text.charCodeAt(at));
    },
  };
}
