import assert from "node:assert/strict";
import { test } from "node:test";
import { sentences, sentencesByTone } from "../../../test/support/sentences.ts";

test("there are at least 140 sentences and none twice", () => {
  assert.ok(sentences.length >= 140);
  assert.equal(new Set(sentences).size, sentences.length);
});

test("no tone is a mere handful", () => {
  for (const [tone, list] of Object.entries(sentencesByTone)) assert.ok(list.length >= 20, tone);
});

test("each fits a line of label<TAB>text and a short request", () => {
  for (const sentence of sentences) {
    assert.ok(sentence.trim() === sentence && sentence !== "" && sentence.length <= 280, sentence);
    assert.doesNotMatch(sentence, /[\t\n\r]/);
  }
});
