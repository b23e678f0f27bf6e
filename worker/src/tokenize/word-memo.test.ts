import assert from "node:assert/strict";
import { before, test } from "node:test";
import fc from "fast-check";
import { sentences } from "../../../test/support/sentences.ts";
import { readTokenizerFiles } from "../model/source.ts";
import { createTokenizer, type Tokenizer } from "../model/tokenizer.ts";
import { DISTILBERT, ROBERTA } from "../testing/running-app.ts";
import { ACROSS_SPACES, BYTE_LEVEL, METASPACE, WORD_PIECE } from "../testing/tokenizer-definitions.ts";
import { WordMemo } from "./word-memo.ts";

interface Contestant {
  readonly name: string;
  readonly tokenizer: Tokenizer;
  readonly memo: WordMemo;
}

const contestants: Contestant[] = [];

before(async () => {
  const add = (name: string, tokenizer: Tokenizer) =>
    contestants.push({ name, tokenizer, memo: new WordMemo(tokenizer) });
  for (const directory of [DISTILBERT, ROBERTA]) {
    const { definition, settings } = await readTokenizerFiles(directory);
    add(directory, createTokenizer(definition, settings));
  }
  add("WordPiece", createTokenizer(WORD_PIECE, {}));
  add("byte-level", createTokenizer(BYTE_LEVEL, {}));
});

test("an added token that is found in another case than it is written is not torn apart", () => {
  const added_tokens = [...WORD_PIECE.added_tokens, { content: "Good ness", id: 50, normalized: true }];
  const tokenizer = createTokenizer({ ...WORD_PIECE, added_tokens }, {});
  const memo = new WordMemo(tokenizer);
  assert.ok(memo.isUsable && tokenizer.encode("a good ness").includes(50));
  for (const text of ["a good ness", "a Good Ness", "a GOOD ness"])
    assert.equal(memo.encode(text, true), undefined);
});

/** What the memo says is what the library says, or nothing; asked twice, because the second time it knows the words. */
function agree(text: string): void {
  for (const { name, tokenizer, memo } of contestants) {
    const expected = tokenizer.encode(text);
    for (const learns of [false, true, false]) {
      const found = memo.encode(text, learns);
      if (found !== undefined) assert.deepEqual(found, expected, `${name}: ${JSON.stringify(text)}`);
    }
  }
}

const ascii = fc.string({
  unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
  maxLength: 60,
});
const word = fc.string({ unit: fc.constantFrom(..."abgodthein'.,!-1 ".split("")), maxLength: 12 });
const odd = fc.constantFrom(
  "[SEP]",
  "<mask>",
  "<s>",
  "[MASK]",
  "&lt;",
  "&amp;",
  "  ",
  "\t",
  "\n",
  "é",
  "’",
  "中",
  "😀",
  "'s",
  "",
);

test("for arbitrary ASCII the memo says what the library says", () => {
  fc.assert(fc.property(ascii, agree), { numRuns: 300 });
});

test("for arbitrary words, punctuation, added tokens, entities and spaces the memo says what the library says", () => {
  const mixed = fc.array(fc.oneof({ weight: 4, arbitrary: word }, { weight: 1, arbitrary: odd }), {
    maxLength: 12,
  });
  fc.assert(
    fc.property(mixed, fc.constantFrom(" ", ""), (words, between) => agree(words.join(between))),
    { numRuns: 300 },
  );
});

test("for arbitrary Unicode the memo says what the library says", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 20 }), agree));
});

test("for real sentences, alone and one behind the other, the memo says what the library says", () => {
  for (const sentence of sentences) agree(sentence);
  for (let at = 0; at + 8 <= sentences.length; at += 8) agree(sentences.slice(at, at + 8).join(" "));
});

test("for tokenizers that split at a space, one that strips the whole text among them, the memo is on, and knows a sentence that it has learned", () => {
  for (const { name, memo } of contestants) {
    assert.ok(memo.isUsable, name);
    const sentence = "the good thing, isn't it? 10/10!";
    assert.equal(memo.encode(`${sentence} unheard`, false), undefined);
    assert.notEqual(memo.encode(sentence, true), undefined);
    assert.notEqual(memo.encode(sentence, false), undefined);
    assert.equal(memo.encode("the good unheard", false), undefined);
  }
});

for (const [name, definition] of Object.entries({ ACROSS_SPACES, METASPACE })) {
  test(`for a tokenizer that looks across spaces (${name}) the memo is off`, () => {
    const tokenizer = createTokenizer(definition, {});
    assert.notDeepEqual(
      tokenizer.encode("a a"),
      [tokenizer.encode("a"), tokenizer.encode(" a")].flat(),
      "the test's own premise",
    );
    const memo = new WordMemo(tokenizer);
    assert.deepEqual([memo.isUsable, memo.encode("a a", true)], [false, undefined]);
  });
}

test("a text that may hold an added token, other white space or anything but ASCII is left to the library", () => {
  for (const { name, memo } of contestants) {
    for (const text of ["", " ", " a", "a ", "a  b", "a\tb", "a\nb", "café", "a\u00a0b", "😀", "\u007f"]) {
      assert.equal(memo.encode(text, true), undefined, `${name}: ${JSON.stringify(text)}`);
    }
  }
  const [distilbert, , wordPiece, byteLevel] = contestants;
  for (const text of ["a [SEP] b", "[", "a[SEP]b"]) {
    assert.equal(distilbert?.memo.encode(text, true), undefined);
    assert.equal(wordPiece?.memo.encode(text, true), undefined);
  }
  for (const text of ["good <mask>", "a<b"]) assert.equal(byteLevel?.memo.encode(text, true), undefined);
});

/** A tokenizer of one token per character that counts how often it is asked. */
function counting() {
  const asked: string[] = [];
  const tokenizer: Tokenizer = {
    prefix: [],
    suffix: [],
    unknownId: undefined,
    addedTokens: [],
    encode(text) {
      asked.push(text);
      return Array.from(text.replaceAll(" ", ""), (character) => character.charCodeAt(0));
    },
  };
  const memo = new WordMemo(tokenizer);
  asked.length = 0;
  return { memo, asked };
}

test("a word is asked for once, at the beginning of a text and after a space apart", () => {
  const { memo, asked } = counting();
  memo.encode("to be or not to be", true);
  // Behind another word, because some tokenizers drop a space that stands first.
  assert.deepEqual(asked, ["to", "a be", "a or", "a not", "a to"]);
  memo.encode("to be", true);
  assert.equal(asked.length, 5);
});

test("words of more than 32 characters are not kept", () => {
  const { memo, asked } = counting();
  const [kept, left] = ["w".repeat(32), "w".repeat(33)];
  for (let time = 0; time < 2; time += 1) memo.encode(kept, true);
  for (let time = 0; time < 2; time += 1) memo.encode(left, true);
  assert.deepEqual(asked, [kept, left, left]);
});

test("at most 16,384 words are kept: with the next one it starts anew", () => {
  const { memo, asked } = counting();
  for (let number = 0; number < 16_384; number += 1) memo.encode(`w${number}`, true);
  assert.notEqual(memo.encode("w0", false), undefined);
  memo.encode("another", true);
  assert.equal(memo.encode("w0", false), undefined);
  assert.notEqual(memo.encode("another", false), undefined);
  assert.equal(asked.length, 16_385);
});

test("what is given out is the caller's own", () => {
  const { memo } = counting();
  memo.encode("word", true)?.fill(0);
  assert.deepEqual(
    memo.encode("word", true),
    Array.from("word", (character) => character.charCodeAt(0)),
  );
});
