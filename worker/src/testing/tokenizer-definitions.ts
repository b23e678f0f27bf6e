/** Small tokenizers in the form of tokenizer.json. */

/** What the library wants to be there, and we do not use. */
const UNUSED = { post_processor: null, decoder: null };

/** The 256 characters by which byte-level tokenizers write bytes (`bytes_to_unicode` of GPT-2). */
function byteCharacters(): string[] {
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => {
    const isShown = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    return String.fromCharCode(isShown ? byte : next++);
  });
}

/** Token → id, in this order; what comes twice counts once. */
function vocabulary(tokens: readonly string[]): Record<string, number> {
  return Object.fromEntries([...new Set(tokens)].map((token, id) => [token, id]));
}

const MERGES = ["Ġ t", "h e", "Ġt he", "i n", "g o", "Ġ go", "go o", "goo d", "Ġgo o", "Ġgoo d", "' s"];

/** Byte-level BPE like GPT-2's and RoBERTa's own: no normaliser, a few merges, one added token. */
export const BYTE_LEVEL = {
  ...UNUSED,
  added_tokens: [{ content: "<mask>", id: 1000, special: true, lstrip: true }],
  normalizer: null,
  pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true },
  model: {
    type: "BPE",
    vocab: vocabulary([...byteCharacters(), ...MERGES.map((merge) => merge.replace(" ", ""))]),
    merges: MERGES,
  },
};

/** As `BYTE_LEVEL`, but a phrase of two words becomes one before it is split: it looks across a space. */
export const ACROSS_SPACES = {
  ...BYTE_LEVEL,
  normalizer: { type: "Replace", pattern: { String: "a a" }, content: "aa" },
};

const LETTERS = Array.from({ length: 94 }, (_, at) => String.fromCharCode(33 + at).toLowerCase());

/** WordPiece like BERT's: every printable ASCII character is a piece, and so are a few words. */
export const WORD_PIECE = {
  ...UNUSED,
  added_tokens: [{ content: "[SEP]", id: 1, special: true }],
  normalizer: { type: "BertNormalizer", clean_text: true, handle_chinese_chars: true, lowercase: true },
  pre_tokenizer: { type: "BertPreTokenizer" },
  model: {
    type: "WordPiece",
    unk_token: "[UNK]",
    continuing_subword_prefix: "##",
    max_input_chars_per_word: 100,
    vocab: vocabulary([
      "[UNK]",
      "[SEP]",
      ...LETTERS,
      ...LETTERS.map((letter) => `##${letter}`),
      "good",
      "the",
      "##ing",
    ]),
  },
};

/** Split as sentence pieces are: the text as a whole, its spaces written ▁. */
export const METASPACE = {
  ...UNUSED,
  added_tokens: [],
  normalizer: null,
  pre_tokenizer: { type: "Metaspace", replacement: "▁", prepend_scheme: "always", split: false },
  model: {
    type: "BPE",
    unk_token: "<unk>",
    vocab: vocabulary(["<unk>", "▁", ...LETTERS, "a▁"]),
    merges: ["a ▁"],
  },
};
