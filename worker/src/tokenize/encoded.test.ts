import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Tokenizer } from "../model/tokenizer.ts";
import type { OverlongRule } from "../settings.ts";
import { isCode } from "../testing/is-code.ts";
import { type Encoded, frame } from "./encoded.ts";

const UNKNOWN = 1;

function tokenizer(prefix: readonly number[], suffix: readonly number[]): Tokenizer {
  return { prefix, suffix, unknownId: UNKNOWN, addedTokens: [], encode: () => [] };
}

const BERT = tokenizer([101], [102]);
const rows = ({ sequences }: Encoded) =>
  sequences.map((sequence) => (typeof sequence === "string" ? [] : [...sequence]));

const tokens = fc.array(fc.integer({ min: 1, max: 99 }), { maxLength: 60 });
const specials = fc.array(fc.integer({ min: 100, max: 105 }), { maxLength: 2 });
const cases = fc.record({
  content: tokens,
  prefix: specials,
  suffix: specials,
  room: fc.integer({ min: 1, max: 70 }),
});

/** @returns what the rule makes of a text for which the model has that much room beside the special tokens. */
function framed(
  { content, prefix, suffix, room }: typeof cases extends fc.Arbitrary<infer T> ? T : never,
  overlong: OverlongRule,
) {
  const limitTokens = room + prefix.length + suffix.length;
  return frame(content, tokenizer(prefix, suffix), { limitTokens, overlong });
}

test("special tokens stand around the text", () => {
  assert.deepEqual(frame([7, 8], BERT, { limitTokens: 512, overlong: "truncate" }), {
    sequences: [Int32Array.of(101, 7, 8, 102)],
    tokens: 4,
    unknownTokens: 0,
    isTruncated: false,
  });
});

test("a text of exactly the limit is whole; one token more is cut before the closing special token", () => {
  const rules = { limitTokens: 4, overlong: "truncate" } as const;
  const whole = frame([7, 8], BERT, rules);
  assert.deepEqual([rows(whole), whole.isTruncated], [[[101, 7, 8, 102]], false]);
  const cut = frame([7, 8, 9], BERT, rules);
  assert.deepEqual([rows(cut), cut.isTruncated], [[[101, 7, 8, 102]], true]);
});

test("truncation keeps the text's first tokens and all special tokens", () => {
  fc.assert(
    fc.property(cases, (given) => {
      const { content, prefix, suffix, room } = given;
      const found = framed(given, "truncate");
      assert.deepEqual(rows(found), [[...prefix, ...content.slice(0, room), ...suffix]]);
      assert.equal(found.isTruncated, content.length > room);
    }),
  );
});

test("windows cover the text once and in order, each within the limit and with its special tokens", () => {
  fc.assert(
    fc.property(cases, (given) => {
      const { content, prefix, suffix, room } = given;
      const found = framed(given, "window");
      const windows = rows(found);
      const inner = windows.map((window) => {
        assert.ok(window.length <= room + prefix.length + suffix.length);
        assert.deepEqual(window.slice(0, prefix.length), prefix);
        assert.deepEqual(window.slice(window.length - suffix.length), suffix);
        return window.slice(prefix.length, window.length - suffix.length);
      });
      assert.deepEqual(inner.flat(), content);
      assert.equal(windows.length, Math.max(1, Math.ceil(content.length / room)));
      assert.equal(found.isTruncated, false);
    }),
  );
});

test("what is counted is what goes into the model", () => {
  fc.assert(
    fc.property(cases, fc.constantFrom("truncate", "window"), (given, rule) => {
      const found = framed(given, rule);
      const all = rows(found).flat();
      assert.equal(found.tokens, all.length);
      assert.equal(found.unknownTokens, all.filter((id) => id === UNKNOWN).length);
    }),
  );
});

test("a text longer than the model reads is refused with both lengths where that is the rule, others are as ever", () => {
  fc.assert(
    fc.property(cases, (given) => {
      const { content, prefix, suffix, room } = given;
      if (content.length <= room) {
        assert.deepEqual(framed(given, "reject"), framed(given, "truncate"));
        return;
      }
      const around = prefix.length + suffix.length;
      assert.throws(
        () => framed(given, "reject"),
        (error) => {
          assert.ok(isCode("text_overlong")(error));
          const message = `a text has ${content.length + around} tokens, the model reads ${room + around}; shorten it`;
          assert.match(String(error), new RegExp(message));
          return true;
        },
      );
    }),
  );
});

test("a text of no tokens is one sequence of the special tokens, whatever the rule", () => {
  for (const overlong of ["truncate", "reject", "window"] as const) {
    assert.deepEqual(rows(frame([], BERT, { limitTokens: 4, overlong })), [[101, 102]]);
  }
});

test("a vocabulary with a token for everything has no unknown ones", () => {
  const bytes = { ...BERT, unknownId: undefined };
  assert.equal(frame([0, 1, 2], bytes, { limitTokens: 8, overlong: "truncate" }).unknownTokens, 0);
});
