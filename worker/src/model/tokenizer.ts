import { Tokenizer as LibraryTokenizer } from "@huggingface/tokenizers";
import { type BertNormalizerSettings, normalizeBert } from "./normalizer.ts";

/** What we use of the library. Its own type files do not resolve under `nodenext` (no file extensions). */
interface Library {
  normalizer: ((text: string) => string) | null;
  pre_tokenizer: { pattern?: RegExp } | null;
  encode(text: string, options?: { add_special_tokens: boolean }): { ids: number[] };
}

/** The parts of tokenizer.json that decide which corrections below are needed. */
export interface TokenizerDefinition {
  readonly normalizer?: ({ readonly type?: string } & BertNormalizerSettings) | null | undefined;
  readonly pre_tokenizer?: { readonly type?: string } | null | undefined;
}

/** Token ids of one text, special tokens included. */
export interface Tokens {
  /** Shape [length]; int64 because that is what the graphs take. */
  readonly ids: BigInt64Array<ArrayBuffer>;
  /** Whether the text was longer than the model can read. */
  readonly isTruncated: boolean;
}

export interface Tokenizer {
  encode(text: string): Tokens;
}

// The reference uses Unicode White_Space, JavaScript's \s differs in U+0085 and U+FEFF (a byte order mark).
const BYTE_LEVEL_SPLIT =
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;

/**
 * @param definition tokenizer.json. Its `truncation` and `padding` are ignored: they record how somebody once
 *   called the tokenizer, not what the model can read.
 * @param settings tokenizer_config.json.
 * @param limitTokens the longest sequence the model reads, special tokens included.
 */
export function createTokenizer(
  definition: TokenizerDefinition,
  settings: object,
  limitTokens: number,
): Tokenizer {
  const library: Library = new LibraryTokenizer(definition, settings);
  const { normalizer, pre_tokenizer: preTokenizer } = definition;
  if (normalizer?.type === "BertNormalizer") {
    library.normalizer = (text) => normalizeBert(text, normalizer);
  }
  if (preTokenizer?.type === "ByteLevel" && library.pre_tokenizer !== null) {
    library.pre_tokenizer.pattern = BYTE_LEVEL_SPLIT;
  }
  const suffixLength = countSuffix(library);
  return {
    encode(text) {
      const { ids } = library.encode(text);
      return {
        ids: BigInt64Array.from(truncate(ids, limitTokens, suffixLength), BigInt),
        isTruncated: ids.length > limitTokens,
      };
    },
  };
}

/**
 * Cuts the text's own tokens and keeps the closing special tokens, which is what the reference does with
 * truncation enabled: first N − specials tokens of the text, then the specials around them.
 */
export function truncate(ids: readonly number[], limitTokens: number, suffixLength: number): number[] {
  if (ids.length <= limitTokens) return [...ids];
  const kept = Math.max(0, limitTokens - suffixLength);
  return [...ids.slice(0, kept), ...ids.slice(ids.length - suffixLength)];
}

/** How many special tokens the model's template puts behind a text. */
function countSuffix(library: Library): number {
  const probe = "a";
  const whole = library.encode(probe).ids;
  const bare = library.encode(probe, { add_special_tokens: false }).ids;
  const prefixLength = whole.findIndex((_, at) => bare.every((id, offset) => whole[at + offset] === id));
  return whole.length - Math.max(0, prefixLength) - bare.length;
}
