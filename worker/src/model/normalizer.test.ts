import assert from "node:assert/strict";
import { test } from "node:test";
import { normalizeBert } from "./normalizer.ts";

const UNCASED = { clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase: true };
const CASED = { ...UNCASED, lowercase: false };
const ACCENTED = { ...UNCASED, strip_accents: false };

/** text, then what Python `tokenizers` 0.22 gives: BertNormalizer(), (lowercase=False), (strip_accents=False) */
const REFERENCE: readonly (readonly [string, string, string, string])[] = [
  ["Hello  World\t\n", "hello  world  ", "Hello  World  ", "hello  world  "],
  ["ΟΔΟΣ Σ", "οδοσ σ", "ΟΔΟΣ Σ", "οδοσ σ"],
  ["İstanbul I", "istanbul i", "İstanbul I", "i\u0307stanbul i"],
  ["𠀀𠀁中a", " 𠀀  𠀁  中 a", " 𠀀  𠀁  中 a", " 𠀀  𠀁  中 a"],
  ["Café Å ñ", "cafe a n", "Café Å ñ", "café å ñ"],
  ["a\u200b\u00ad\ufeff\u0000\ufffdb", "ab", "ab", "ab"],
  ["a\u0085b\u00a0c\u3000d\u2028e", "ab c d e", "ab c d e", "ab c d e"],
  ["안녕", "\u110b\u1161\u11ab\u1102\u1167\u11bc", "안녕", "안녕"],
  ["x\u0301y", "xy", "x\u0301y", "x\u0301y"],
  ["😀👍🏽", "😀👍🏽", "😀👍🏽", "😀👍🏽"],
  ["\ue000\u{10ffff} z", "\u{10ffff} z", "\u{10ffff} z", "\u{10ffff} z"],
  ["Ǆ ẞ ﬁ ½", "ǆ ß ﬁ ½", "Ǆ ẞ ﬁ ½", "ǆ ß ﬁ ½"],
];

for (const [text, uncased, cased, accented] of REFERENCE) {
  test(`${JSON.stringify(text)} is normalised as the reference implementation does`, () => {
    assert.equal(normalizeBert(text, UNCASED), uncased);
    assert.equal(normalizeBert(text, CASED), cased);
    assert.equal(normalizeBert(text, ACCENTED), accented);
  });
}

test("with everything off a text stays as it is", () => {
  assert.equal(normalizeBert("É\u0000中", {}), "É\u0000中");
});
