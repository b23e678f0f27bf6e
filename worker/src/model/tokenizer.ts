import { Tokenizer as LibraryTokenizer } from "@huggingface/tokenizers";
import { type BertNormalizerSettings, normalizeBert } from "./normalizer.ts";

/** What we use of the library. Its own type files do not resolve under `nodenext` (no file extensions). */
interface Library {
  normalizer: ((text: string) => string) | null;
  pre_tokenizer: { pattern?: RegExp } | null;
  readonly model: { readonly unk_token_id?: number };
  encode(text: string, options?: { add_special_tokens: boolean }): { ids: number[] };
}

/** The parts of tokenizer.json that decide which corrections below are needed. */
export interface TokenizerDefinition {
  readonly normalizer?: ({ readonly type?: string } & BertNormalizerSettings) | null | undefined;
  readonly pre_tokenizer?: { readonly type?: string } | null | undefined;
  readonly added_tokens?: readonly { readonly content?: string }[] | undefined;
}

export interface Tokenizer {
  /** Special tokens that stand before and behind every text. */
  readonly prefix: readonly number[];
  readonly suffix: readonly number[];
  /** The id of what the vocabulary does not have; undefined where every byte has a token. */
  readonly unknownId: number | undefined;
  /**
   * Contents of the tokens that are found in a text before it is split, such as `[SEP]` or `<mask>`; as written, and as
   * the normaliser leaves them.
   */
  readonly addedTokens: readonly string[];
  /** @returns token ids of the text alone, without special tokens around it. */
  encode(text: string): number[];
}

// The reference uses Unicode White_Space, JavaScript's \s differs in U+0085 and U+FEFF (a byte order mark).
const BYTE_LEVEL_SPLIT =
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;

const BARE = { add_special_tokens: false };

/**
 * @param definition tokenizer.json. Its `truncation` and `padding` are ignored: they record how somebody once
 *   called the tokenizer, not what the model can read; padding all texts to 128 tokens would cost three times.
 * @param settings tokenizer_config.json.
 */
export function createTokenizer(definition: TokenizerDefinition, settings: object): Tokenizer {
  const library: Library = new LibraryTokenizer(definition, settings);
  const { normalizer, pre_tokenizer: preTokenizer } = definition;
  if (normalizer?.type === "BertNormalizer") {
    library.normalizer = (text) => normalizeBert(text, normalizer);
  }
  if (preTokenizer?.type === "ByteLevel" && library.pre_tokenizer !== null) {
    library.pre_tokenizer.pattern = BYTE_LEVEL_SPLIT;
  }
  return {
    ...findSpecials(library),
    unknownId: library.model.unk_token_id,
    addedTokens: (definition.added_tokens ?? []).flatMap(({ content }) =>
      content === undefined ? [] : [content, library.normalizer?.(content) ?? content],
    ),
    encode: (text) => library.encode(text, BARE).ids,
  };
}

/** The special tokens that the model's template puts around a text, found by looking at one. */
function findSpecials(library: Library): { prefix: number[]; suffix: number[] } {
  const probe = "a";
  const whole = library.encode(probe).ids;
  const bare = library.encode(probe, BARE).ids;
  const at = whole.findIndex((_, start) => bare.every((id, offset) => whole[start + offset] === id));
  const start = Math.max(0, at);
  return { prefix: whole.slice(0, start), suffix: whole.slice(start + bare.length) };
}
