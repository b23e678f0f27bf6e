import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createTokenizer, truncate } from "./tokenizer.ts";

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

const encode = (text: string, limit = 512) => {
  const { ids, isTruncated } = createTokenizer(DEFINITION, {}, limit).encode(text);
  return [[...ids].map(Number), isTruncated];
};

test("special tokens stand around the text, and tokenizer.json's own truncation and padding are ignored", () => {
  assert.deepEqual(encode("Goodness good zzz"), [[2, 4, 5, 4, 1, 3], false]);
});

test("a text of exactly the limit is whole; one token more is cut before the closing special token", () => {
  assert.deepEqual(encode("good good", 4), [[2, 4, 4, 3], false]);
  assert.deepEqual(encode("good good good", 4), [[2, 4, 4, 3], true]);
});

test("ideographs above U+FFFF are tokens of their own, as in the reference implementation", () => {
  assert.deepEqual(encode("𠀀𠀀"), [[2, 6, 6, 3], false]);
});

test("a final sigma is lower-cased without looking at its neighbours, as in the reference implementation", () => {
  assert.deepEqual(encode("ΟΔΟΣ"), [[2, 7, 3], false]);
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
const encodeBytes = (text: string) => [...createTokenizer(BYTE_LEVEL, {}, 512).encode(text).ids].map(Number);

test("byte-level pieces keep the space before a word", () => {
  assert.deepEqual(encodeBytes("a a  a"), [6, 10, 7, 10]);
});

test("a byte order mark is no white space for byte-level pieces, as in the reference implementation", () => {
  assert.deepEqual(encodeBytes("!\uFEFF"), [8, 2, 3]);
});

test("U+0085 is white space for byte-level pieces, as in the reference implementation", () => {
  assert.deepEqual(encodeBytes("!\u0085"), [0, 4, 5]);
});

test("truncation keeps the text's first tokens and all closing special tokens", () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(), { maxLength: 50 }),
      fc.integer({ min: 3, max: 20 }),
      fc.integer({ min: 0, max: 2 }),
      (text, limit, suffixLength) => {
        const suffix = Array.from({ length: suffixLength }, () => -1);
        const cut = truncate([...text, ...suffix], limit, suffixLength);
        assert.equal(cut.length, Math.min(limit, text.length + suffixLength));
        assert.deepEqual(cut, [...text.slice(0, limit - suffixLength), ...suffix]);
      },
    ),
  );
});
