import assert from "node:assert/strict";
import { test } from "node:test";
import { createTokenizer } from "./tokenizer.ts";

/** A WordPiece tokenizer in the form of tokenizer.json; its own truncation and padding must have no effect. */
const DEFINITION = {
  truncation: { max_length: 3, strategy: "LongestFirst", stride: 0, direction: "Right" },
  padding: { strategy: { Fixed: 128 }, pad_id: 0, pad_token: "[PAD]", direction: "Right" },
  added_tokens: ["[PAD]", "[UNK]", "[CLS]", "[SEP]"].map((content, id) => ({ id, content, special: true })),
  normalizer: { type: "BertNormalizer", clean_text: true, handle_chinese_chars: true, lowercase: true },
  pre_tokenizer: { type: "BertPreTokenizer" },
  post_processor: {
    type: "TemplateProcessing",
    single: [
      { SpecialToken: { id: "[CLS]", type_id: 0 } },
      { Sequence: { id: "A", type_id: 0 } },
      { SpecialToken: { id: "[SEP]", type_id: 0 } },
    ],
    pair: [],
    special_tokens: { "[CLS]": { id: "[CLS]", ids: [2] }, "[SEP]": { id: "[SEP]", ids: [3] } },
  },
  decoder: { type: "WordPiece", prefix: "##", cleanup: true },
  model: {
    type: "WordPiece",
    unk_token: "[UNK]",
    continuing_subword_prefix: "##",
    max_input_chars_per_word: 100,
    vocab: { "[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, good: 4, "##ness": 5, 𠀀: 6, οδοσ: 7 },
  },
};

const tokenizer = createTokenizer(DEFINITION, {});

test("a text is split alone, and tokenizer.json's own truncation and padding are ignored", () => {
  assert.deepEqual(tokenizer.encode("Goodness good zzz"), [4, 5, 4, 1]);
  assert.deepEqual(tokenizer.encode(""), []);
});

test("the special tokens that stand around a text are those of the model's template", () => {
  assert.deepEqual([tokenizer.prefix, tokenizer.suffix], [[2], [3]]);
  const { post_processor: template, ...rest } = DEFINITION;
  const [opening, text, closing] = template.single;
  const twice = { ...template, single: [opening, opening, text, closing] };
  const doubled = createTokenizer({ ...rest, post_processor: twice } as typeof DEFINITION, {});
  assert.deepEqual([doubled.prefix, doubled.suffix], [[2, 2], [3]]);
  const bare = createTokenizer({ ...rest, post_processor: null } as unknown as typeof DEFINITION, {});
  assert.deepEqual([bare.prefix, bare.suffix], [[], []]);
});

test("it is known which token stands for what the vocabulary does not have, and which are found before splitting", () => {
  assert.equal(tokenizer.unknownId, 1);
  assert.deepEqual(tokenizer.addedTokens, [
    "[PAD]",
    "[pad]",
    "[UNK]",
    "[unk]",
    "[CLS]",
    "[cls]",
    "[SEP]",
    "[sep]",
  ]);
});

test("ideographs above U+FFFF are tokens of their own, as in the reference implementation", () => {
  assert.deepEqual(tokenizer.encode("𠀀𠀀"), [6, 6]);
});

test("a final sigma is lower-cased without looking at its neighbours, as in the reference implementation", () => {
  assert.deepEqual(tokenizer.encode("ΟΔΟΣ"), [7]);
});

/** A byte-level BPE tokenizer that merges what stands in one piece before the split into tokens. */
const BYTE_LEVEL = {
  added_tokens: [],
  normalizer: null,
  pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true },
  post_processor: null,
  decoder: { type: "ByteLevel" },
  model: {
    type: "BPE",
    // The bytes of U+FEFF are written ï » ¿, those of U+0085 Â ħ, a space Ġ.
    vocab: { "!": 0, ï: 1, "»": 2, "¿": 3, Â: 4, ħ: 5, a: 6, Ġ: 7, "!ï": 8, "!Â": 9, Ġa: 10 },
    merges: ["! ï", "! Â", "Ġ a"],
  },
};
const byteLevel = createTokenizer(BYTE_LEVEL, {});
const encodeBytes = (text: string) => byteLevel.encode(text);

test("byte-level pieces keep the space before a word", () => {
  assert.deepEqual(encodeBytes("a a  a"), [6, 10, 7, 10]);
});

test("a byte order mark is no white space for byte-level pieces, as in the reference implementation", () => {
  assert.deepEqual(encodeBytes("!\uFEFF"), [8, 2, 3]);
});

test("U+0085 is white space for byte-level pieces, as in the reference implementation", () => {
  assert.deepEqual(encodeBytes("!\u0085"), [0, 4, 5]);
});

test("a tokenizer that has every byte, and no template, has no unknown token and none around a text", () => {
  const { unknownId, prefix, suffix, addedTokens } = byteLevel;
  assert.deepEqual([unknownId, prefix, suffix, addedTokens], [undefined, [], [], []]);
});
