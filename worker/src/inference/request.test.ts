import assert from "node:assert/strict";
import { test } from "node:test";
import type { Sequence } from "../tokenize/encoded.ts";
import type { Tokenized } from "../tokenize/tokenizing.ts";
import type { Answered } from "./engine.ts";
import { type Classifier, RequestInWork, type TextInWork } from "./request.ts";

const LABELS: Classifier = { kind: "logits", labels: ["negative", "positive"] };

function tokenized(...sequences: Sequence[]): Tokenized {
  const tokens = sequences.reduce(
    (sum, sequence) => sum + (typeof sequence === "string" ? 0 : sequence.length),
    0,
  );
  return { sequences, tokens, unknownTokens: 0, isTruncated: false, tokenizeSeconds: 0.5 };
}

const result = (row: readonly number[], runSeconds = 1, batchSize = 1) => ({
  row: Float32Array.from(row),
  run: { runSeconds },
  batchSize,
});

/** Receives a row for the only window of a text, and answers it. */
function finish(text: TextInWork | undefined, row: readonly number[]): Answered {
  const [entry] = text?.entries ?? [];
  assert.ok(text && entry);
  const answered = text.receive(entry, result(row), LABELS);
  assert.ok(answered);
  text.request.answer(text, answered);
  return answered;
}

test("an entry costs its tokens, or one where the graph takes the text itself", () => {
  const { texts } = new RequestInWork(
    [tokenized(new Int32Array(3), new Int32Array(2)), tokenized("long text")],
    0,
  );
  assert.deepEqual(
    texts.map(({ entries }) => entries.map(({ cost, window }) => [cost, window])),
    [
      [
        [3, 0],
        [2, 1],
      ],
      [[1, 0]],
    ],
  );
});

test("a request is answered when its last text is, in the order of its texts", async () => {
  const request = new RequestInWork([tokenized("a"), tokenized("b"), tokenized("c")], 0);
  const [a, b, c] = request.texts;
  finish(c, [0, 9]);
  finish(a, [9, 0]);
  assert.equal(request.isSettled, false);
  finish(b, [0, 0]);
  assert.equal(request.isSettled, true);
  assert.deepEqual(
    (await request.promise).map(({ prediction }) => prediction.scores),
    [
      [0.999877, 0.000123],
      [0.5, 0.5],
      [0.000123, 0.999877],
    ],
  );
});

test("a request fails once, with the first reason, and what comes later changes nothing", async () => {
  const request = new RequestInWork([tokenized("a"), tokenized("b")], 0);
  request.fail(new Error("first"));
  request.fail(new Error("second"));
  for (const text of request.texts) finish(text, [1, 0]);
  await assert.rejects(request.promise, /first/);
});

test("windows may be computed in any order; the answer is there with the last of them", () => {
  const [text] = new RequestInWork([tokenized(...[3, 3, 1].map((length) => new Int32Array(length)))], 0)
    .texts;
  const [first, second, third] = text?.entries ?? [];
  assert.ok(text && first && second && third);
  assert.equal(text.receive(third, result([0, 1], 1, 2), LABELS), undefined);
  assert.equal(text.receive(first, result([8, 0], 2, 8), LABELS), undefined);
  const answered = text.receive(second, result([0, 1], 4, 1), LABELS);
  assert.deepEqual(answered?.prediction.scores, [0.512516, 0.487484]);
  const { windows, tokens, inferenceSeconds, batchSize, tokenizeSeconds } = answered;
  assert.deepEqual([windows, tokens, inferenceSeconds, batchSize, tokenizeSeconds], [3, 7, 7, 8, 0.5]);
});

test("two windows in one run took its time once", () => {
  const [text] = new RequestInWork([tokenized(...[3, 3, 1].map((length) => new Int32Array(length)))], 0)
    .texts;
  const [first, second, third] = text?.entries ?? [];
  assert.ok(text && first && second && third);
  const shared = result([0, 1], 2, 2);
  text.receive(first, shared, LABELS);
  text.receive(second, { ...shared }, LABELS);
  assert.equal(text.receive(third, result([0, 1], 1), LABELS)?.inferenceSeconds, 3);
});

test("waiting is what is left of the time since its caller asked, less splitting and the runs, and never negative", (t) => {
  t.mock.method(performance, "now", () => 5000);
  const wait = (startedAtMs: number) =>
    finish(new RequestInWork([tokenized("a")], startedAtMs).texts[0], [1, 0]).queueSeconds;
  const { tokenizeSeconds } = tokenized("a");
  assert.deepEqual([wait(2000), wait(4500)], [2 - tokenizeSeconds, 0]);
});

test("numbers that make no prediction are an error of their text", () => {
  const [text] = new RequestInWork([tokenized("a")], 0).texts;
  const [entry] = text?.entries ?? [];
  assert.ok(text && entry);
  assert.throws(() => text.receive(entry, result([Number.NaN, 1]), LABELS), RangeError);
});
