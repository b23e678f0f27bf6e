import assert from "node:assert/strict";
import { test } from "node:test";
import { createLog } from "../log.ts";
import { LabelSet } from "./label-set.ts";
import { ShadowBook } from "./shadow-book.ts";

test("of declared labels all others are other", () => {
  const labels = new LabelSet(["negative", "positive"]);
  assert.deepEqual(
    ["positive", "negative", "neutral", "", "Positive"].map((label) => labels.nameOf(label)),
    ["positive", "negative", "other", "other", "other"],
  );
});

test("without declared ones the first twenty are told apart, unless they are too long", () => {
  const labels = new LabelSet([]);
  assert.equal(labels.nameOf("x".repeat(64)), "other");
  const names = Array.from({ length: 25 }, (_, index) => labels.nameOf(`label-${index}`));
  assert.equal(new Set(names).size, 21);
  assert.deepEqual(names.slice(19), ["label-19", ...Array(5).fill("other")]);
  assert.equal(labels.nameOf("label-3"), "label-3");
});

test("a reload of the same phase keeps what was seen; another phase begins anew", () => {
  const book = new ShadowBook(createLog("silent"));
  const first = book.labels("test", 1, []);
  assert.equal(book.labels("test", 1, []), first);
  assert.notEqual(book.labels("test", 2, []), first);
});
