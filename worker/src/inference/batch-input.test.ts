import assert from "node:assert/strict";
import { test } from "node:test";
import type { Sequence } from "../tokenize/encoded.ts";
import { toBatch } from "./batch-input.ts";
import { type Entry, RequestInWork } from "./request.ts";

function entries(sequences: readonly Sequence[]): readonly Entry[] {
  const facts = { tokens: 0, unknownTokens: 0, isTruncated: false, tokenizeSeconds: 0 };
  const request = new RequestInWork(
    sequences.map((sequence) => ({ ...facts, sequences: [sequence] })),
    0,
  );
  return request.texts.flatMap((text) => text.entries);
}

test("token ids are handed over one sequence behind the other, without padding", () => {
  const sequences = [[101, 7, 102], [101, 102], [5]].map((ids) => Int32Array.from(ids));
  assert.deepEqual(toBatch(entries(sequences)), {
    kind: "tokens",
    ids: Int32Array.of(101, 7, 102, 101, 102, 5),
    lengths: [3, 2, 1],
  });
});

test("texts are handed over as they are, an empty one too", () => {
  assert.deepEqual(toBatch(entries(["a good day", "", "😀"])), {
    kind: "text",
    texts: ["a good day", "", "😀"],
  });
});
