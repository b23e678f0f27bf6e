import assert from "node:assert/strict";
import { test } from "node:test";
import { nearest } from "./nearest.ts";

test("the nearest word is found whatever its case and hyphens, and none where none is close", () => {
  const known = ["max_queue", "max_texts", "labels"];
  assert.equal(nearest("maxQueue", known), "max_queue");
  assert.equal(nearest("max-text", known), "max_texts");
  assert.equal(nearest("lables", known), "labels");
  assert.equal(nearest("colour", known), undefined);
});
