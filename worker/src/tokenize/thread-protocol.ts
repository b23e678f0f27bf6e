/** Messages between the main thread and the tokenizer thread. */

import type { OverlongRule } from "../settings.ts";
import type { Encoded } from "./encoded.ts";

export interface TokenizerThreadData {
  readonly modelDirectory: string;
  readonly limitTokens: number;
  readonly overlong: OverlongRule;
}

/** One text; the next is sent when the answer is there, so that nothing is split for callers who have gone. */
export type ToTokenizer = { readonly type: "encode"; readonly text: string } | { readonly type: "close" };

export type FromTokenizer =
  | { readonly type: "encoded"; readonly encoded: Encoded; readonly tokenizeSeconds: number }
  /** The text is longer than the model reads, and the rule is to reject. */
  | { readonly type: "overlong"; readonly message: string }
  /** The library chokes on this text; the thread is well. */
  | { readonly type: "refused"; readonly reason: string };
