import { WorkerError } from "../errors.ts";
import type { Tokenizer } from "../model/tokenizer.ts";
import type { OverlongRule } from "../settings.ts";

/** What goes into the model as one row: token ids, or the text itself where the graph takes that. */
export type Sequence = Int32Array | string;

/** A text, ready for the model. */
export interface Encoded {
  /** One, or the windows of a text that is longer than the model reads. */
  readonly sequences: readonly Sequence[];
  /** Tokens over all sequences, special ones included; 0 for a graph that takes the text itself. */
  readonly tokens: number;
  readonly unknownTokens: number;
  readonly isTruncated: boolean;
}

export interface FrameRules {
  /** Longest sequence that the model reads, in tokens, special ones included. */
  readonly limitTokens: number;
  readonly overlong: OverlongRule;
}

/**
 * Puts the special tokens around the tokens of a text, and cuts it where the model reads no further.
 * @throws WorkerError `text_overlong` where the rule is to reject.
 */
export function frame(content: readonly number[], tokenizer: Tokenizer, rules: FrameRules): Encoded {
  const { prefix, suffix, unknownId } = tokenizer;
  const room = Math.max(1, rules.limitTokens - prefix.length - suffix.length);
  const isOverlong = content.length > room;
  if (isOverlong && rules.overlong === "reject") {
    throw new WorkerError(
      "text_overlong",
      `a text has ${content.length + prefix.length + suffix.length} tokens, the model reads ${rules.limitTokens}; shorten it`,
    );
  }
  const sequences: Int32Array[] = [];
  let tokens = 0;
  let unknownTokens = 0;
  const windowed = rules.overlong === "window" ? content.length : Math.min(content.length, room);
  let start = 0;
  do {
    const end = Math.min(start + room, windowed);
    const ids = new Int32Array(prefix.length + end - start + suffix.length);
    ids.set(prefix);
    for (let at = start; at < end; at += 1) {
      const id = content[at] ?? 0;
      ids[prefix.length + at - start] = id;
      if (id === unknownId) unknownTokens += 1;
    }
    ids.set(suffix, prefix.length + end - start);
    sequences.push(ids);
    tokens += ids.length;
    start = end;
  } while (start < windowed);
  return { sequences, tokens, unknownTokens, isTruncated: isOverlong && rules.overlong === "truncate" };
}
