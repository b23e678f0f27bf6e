import type { Tokenizer } from "../model/tokenizer.ts";
import { type Encoded, type FrameRules, frame } from "./encoded.ts";
import { WordMemo } from "./word-memo.ts";

/** Text → what goes into the model. Synchronous and without state that shows. */
export interface Encoder {
  /** @returns undefined when only known words would be quick enough and the text has another. */
  encodeKnown(text: string): Encoded | undefined;
  /** @throws WorkerError `text_overlong`; Error when the tokenizer chokes on the text. */
  encode(text: string): Encoded;
}

export function createEncoder(tokenizer: Tokenizer, rules: FrameRules): Encoder {
  const memo = new WordMemo(tokenizer);
  return {
    encodeKnown(text) {
      const content = memo.encode(text, false);
      return content && frame(content, tokenizer, rules);
    },
    encode(text) {
      return frame(memo.encode(text, true) ?? tokenizer.encode(text), tokenizer, rules);
    },
  };
}

/** For graphs that take the text itself: nothing is split, every text is one sequence. */
export const TEXT_ENCODER: Encoder = {
  encodeKnown: asItIs,
  encode: asItIs,
};

function asItIs(text: string): Encoded {
  return { sequences: [text], tokens: 0, unknownTokens: 0, isTruncated: false };
}
