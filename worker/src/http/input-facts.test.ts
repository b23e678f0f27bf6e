import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { countInput } from "./input-facts.ts";

test("characters are Unicode characters, and those above U+007F are told apart", () => {
  assert.deepEqual(countInput("good"), { characters: 4, nonAsciiCharacters: 0 });
  assert.deepEqual(countInput("gut, für 3 €"), { characters: 12, nonAsciiCharacters: 2 });
  assert.deepEqual(countInput("😀😀!"), { characters: 3, nonAsciiCharacters: 2 });
});

test("the counts are those of the text taken apart by characters", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const characters = [...text];
      assert.deepEqual(countInput(text), {
        characters: characters.length,
        nonAsciiCharacters: characters.filter((character) => (character.codePointAt(0) ?? 0) > 0x7f).length,
      });
    }),
  );
});
