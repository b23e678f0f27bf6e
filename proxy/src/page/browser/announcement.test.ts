import assert from "node:assert/strict";
import { test } from "node:test";
import { announce } from "./announcement.ts";

const said = { text: "roberta is 15 % slower.", at: 100_000 };

test("other words are announced at once", () => {
  assert.deepEqual(announce(said, "roberta is 15 % faster.", 102_000), {
    text: "roberta is 15 % faster.",
    at: 102_000,
  });
});

test("other numbers in the same words wait for a minute", () => {
  assert.equal(announce(said, "roberta is 16 % slower.", 102_000), said);
  assert.equal(announce(said, "roberta is 16 % slower.", 160_000).text, "roberta is 16 % slower.");
  assert.equal(announce(said, said.text, 900_000), said);
});
