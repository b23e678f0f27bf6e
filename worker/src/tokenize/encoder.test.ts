import assert from "node:assert/strict";
import { test } from "node:test";
import { createTokenizer } from "../model/tokenizer.ts";
import { characterTokenizer } from "../testing/character-tokenizer.ts";
import { isCode } from "../testing/is-code.ts";
import { WORD_PIECE } from "../testing/tokenizer-definitions.ts";
import { createEncoder, TEXT_ENCODER } from "./encoder.ts";

const RULES = { limitTokens: 512, overlong: "truncate" } as const;
const wordPiece = createTokenizer(WORD_PIECE, {});

test("a text of known words is encoded without the library, one with another word is not", () => {
  const encoder = createEncoder(wordPiece, RULES);
  assert.equal(encoder.encodeKnown("the good thing"), undefined);
  const encoded = encoder.encode("the good thing");
  assert.deepEqual(encoder.encodeKnown("the good thing"), encoded);
  assert.deepEqual(encoder.encodeKnown("the thing"), encoder.encode("the thing"));
  assert.equal(encoder.encodeKnown("the thing is"), undefined);
});

test("what the memo cannot tell is asked of the library, every time", () => {
  const tokenizer = characterTokenizer();
  const encoder = createEncoder(tokenizer, RULES);
  for (const text of [" a b", "é", ""]) {
    tokenizer.asked.length = 0;
    for (let time = 0; time < 2; time += 1) {
      assert.equal(encoder.encodeKnown(text), undefined);
      assert.equal(encoder.encode(text).tokens, text.length + 2);
    }
    assert.deepEqual(tokenizer.asked, [text, text]);
  }
});

test("known words are cut, and refused, as others are", () => {
  const cut = createEncoder(wordPiece, { limitTokens: 2, overlong: "truncate" });
  assert.equal(cut.encode("the good the").isTruncated, true);
  assert.deepEqual(cut.encodeKnown("the good the"), cut.encode("the good the"));
  const strict = createEncoder(wordPiece, { limitTokens: 2, overlong: "reject" });
  assert.throws(() => strict.encode("the good the"), isCode("text_overlong"));
  assert.throws(() => strict.encodeKnown("the good the"), isCode("text_overlong"));
});

test("a graph that takes the text itself is given it as it is, as one sequence of no tokens", () => {
  for (const text of ["a good day", "", "x".repeat(100_000)]) {
    const expected = { sequences: [text], tokens: 0, unknownTokens: 0, isTruncated: false };
    assert.deepEqual([TEXT_ENCODER.encode(text), TEXT_ENCODER.encodeKnown(text)], [expected, expected]);
  }
});
