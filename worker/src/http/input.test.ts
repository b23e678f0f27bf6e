import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { WorkerError } from "../errors.ts";
import { PREDICT_ENDPOINTS } from "./contract.ts";
import { createInputReader } from "./input.ts";

const readInput = createInputReader({ texts: 3, characters: 10 });
const predict = PREDICT_ENDPOINTS["/predict"];

test("one text and many texts are told apart", () => {
  assert.deepEqual(readInput({ text: "ab" }, predict), {
    texts: ["ab"],
    isSingle: true,
  });
  assert.deepEqual(readInput({ texts: ["a", "😀b"] }, predict), {
    texts: ["a", "😀b"],
    isSingle: false,
  });
});

const FLAWS: readonly (readonly [string, unknown, string, RegExp])[] = [
  ["null", null, "invalid_request", /must be a JSON object: \{"text": "…"\} or \{"texts"/],
  ["a list", ["a"], "invalid_request", /must be a JSON object/],
  ["a bare string", "a", "invalid_request", /must be a JSON object/],
  ["no field", {}, "invalid_request", /^text or texts is missing/],
  ["text and texts", { text: "a", texts: ["a"] }, "invalid_request", /exclude each other/],
  ["a misspelt field", { txet: "a" }, "invalid_request", /^text or texts is missing/],
  ["a field without effect", { text: "a", top_k: 2 }, "invalid_request", /^unknown field\(s\) "top_k"/],
  [
    "a number for a text",
    { text: 1 },
    "invalid_request",
    /^text: must be a text, and is a number; send \{"text": "…"\}$/,
  ],
  ["null for a text", { text: null }, "invalid_request", /^text: must be a text, and is null; send /],
  ["an object for a text", { text: {} }, "invalid_request", /^text: must be a text, and is an object; /],
  ["a list for a text", { text: ["a"] }, "invalid_request", /^text: must be a text, and is a list; /],
  [
    "a text for the list",
    { texts: "a" },
    "invalid_request",
    /^texts: must be a list of texts, and is a text; send \{"texts": \["…"\]\}$/,
  ],
  ["an empty list", { texts: [] }, "invalid_request", /^texts: is empty; send at least one text$/],
  [
    "wrong values in the list",
    { texts: ["a", 1, true] },
    "invalid_request",
    /^texts\[1\]: must be a text, and is a number; texts\[2\]: must be a text, and is true; send \{"texts"/,
  ],
  ["a lone surrogate", { texts: ["a", "\ud800"] }, "invalid_request", /^texts\[1\]: .*lone surrogate/],
  ["more texts than may be", { texts: ["a", "b", "c", "d"] }, "too_many_texts", /^4 texts .* at most 3/],
  ["many wrong texts", { texts: new Array(100_000).fill(0) }, "too_many_texts", /^100000 texts/],
  ["an empty text", { text: "" }, "text_empty", /^text: /],
  ["only white space", { texts: ["a", " \t\n\u3000"] }, "text_empty", /^texts\[1\]: /],
  ["a long text", { text: "x".repeat(11) }, "text_too_long", /^text: has 11 characters, at most 10/],
];
for (const [flaw, body, code, pattern] of FLAWS) {
  test(`${flaw}: ${code}`, () => {
    assert.throws(
      () => readInput(body, predict),
      (error) => {
        assert.ok(error instanceof WorkerError);
        assert.equal(error.code, code);
        assert.match(error.message, pattern);
        return true;
      },
    );
  });
}

test("characters are Unicode characters, not UTF-16 units", () => {
  assert.deepEqual(readInput({ text: "😀".repeat(10) }, predict).texts.length, 1);
});

test("the aliases take their own field only, and ignore what they do not know", () => {
  const forward = PREDICT_ENDPOINTS["/forward"];
  assert.deepEqual(readInput({ text: "a", user: 7 }, forward).texts, ["a"]);
  assert.throws(() => readInput({ texts: ["a"] }, forward), /^WorkerError: text is missing/);
  const batch = PREDICT_ENDPOINTS["/forward_batch"];
  assert.deepEqual(readInput({ texts: ["a"], id: 1 }, batch).texts, ["a"]);
  assert.throws(() => readInput({ text: "a" }, batch), /^WorkerError: texts is missing/);
});

test("any JSON is read or refused with a code, and a refusal is short", () => {
  const body = fc.oneof(
    fc.jsonValue(),
    fc.record({ text: fc.jsonValue() }),
    fc.record({ texts: fc.jsonValue() }),
  );
  fc.assert(
    fc.property(body, (value) => {
      try {
        readInput(JSON.parse(JSON.stringify(value)), predict);
      } catch (error) {
        assert.ok(error instanceof WorkerError && error.message.length < 500);
      }
    }),
  );
});

test("names that objects inherit are fields like others", () => {
  assert.throws(() => readInput(JSON.parse('{"__proto__": {"text": "a"}}'), predict), /is missing/);
  assert.throws(() => readInput({ text: "a", constructor: 1 }, predict), /unknown field\(s\) "constructor"/);
});
