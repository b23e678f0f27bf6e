import assert from "node:assert/strict";
import { test } from "node:test";
import { Disagreements } from "./disagreements.ts";
import { describe } from "./shadow-book.ts";

const disagreement = (at: number) => ({
  at,
  request: "00",
  served: { variant: "a", label: "positive", score: 0.5 },
  shadow: { variant: "b", label: "negative", score: Number.NaN },
});

test("the last thousand are kept, the newest first", () => {
  const kept = new Disagreements(Buffer.alloc(32));
  assert.deepEqual(kept.list(), []);
  for (let at = 0; at < 2_500; at++) kept.add(disagreement(at));
  const times = kept.list().map(({ at }) => at);
  assert.deepEqual(
    times,
    Array.from({ length: 1_000 }, (_, index) => 2_499 - index),
  );
});

test("a request's hash is the same within a process, and another one elsewhere", () => {
  const [one, other] = [new Disagreements(Buffer.alloc(32, 1)), new Disagreements(Buffer.alloc(32, 2))];
  assert.equal(one.hash("text"), one.hash(Buffer.from("text")));
  assert.notEqual(one.hash("text"), one.hash("text "));
  assert.notEqual(one.hash("text"), other.hash("text"));
  assert.match(one.hash(""), /^[0-9a-f]{32}$/);
});

test("a score that is none is null, as JSON has no other word", () => {
  assert.deepEqual(JSON.parse(JSON.stringify(describe(disagreement(0)))), {
    at: "1970-01-01T00:00:00.000Z",
    request: "00",
    served: { model_version: "a", label: "positive", score: 0.5 },
    shadow: { model_version: "b", label: "negative", score: null },
  });
});
