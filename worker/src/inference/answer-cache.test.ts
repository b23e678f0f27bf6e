import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { retryable } from "../errors.ts";
import { heldEngine } from "../testing/held-engine.ts";
import { isCode } from "../testing/is-code.ts";
import { createAnswerCache } from "./answer-cache.ts";
import type { Answered } from "./engine.ts";

const ANSWERED: Answered = {
  prediction: { label: "positive", score: 0.9, scores: [0.1, 0.9] },
  tokens: 7,
  isTruncated: true,
  windows: 1,
  isCached: false,
  tokenizeSeconds: 1,
  queueSeconds: 2,
  inferenceSeconds: 3,
  batchSize: 4,
};

test("an answer that is kept is the same one, in which no stage took any time", () => {
  const cache = createAnswerCache(2);
  cache.keep("a", ANSWERED);
  const none = { tokenizeSeconds: 0, queueSeconds: 0, inferenceSeconds: 0, batchSize: 0 };
  assert.deepEqual(cache.find("a"), { ...ANSWERED, ...none, isCached: true });
  for (const other of ["A", "a ", ""]) assert.equal(cache.find(other), undefined);
});

test("the answer not asked for longest goes first", () => {
  const cache = createAnswerCache(2);
  for (const text of ["a", "b"]) cache.keep(text, ANSWERED);
  cache.find("a");
  cache.keep("c", ANSWERED);
  assert.deepEqual(
    ["a", "b", "c"].map((text) => cache.find(text) !== undefined),
    [true, false, true],
  );
});

test("a text that comes again word for word is not computed again, and hits are counted apart", async () => {
  const { threads, recorded, predict, answerAll } = heldEngine({ cache: createAnswerCache(10) });
  const first = predict(["a", "b"]);
  await answerAll();
  const computed = await first;
  const again = await predict(["b", "a"]);
  assert.deepEqual(threads.seen, ["a", "b"]);
  assert.deepEqual(
    again.map(({ prediction }) => prediction),
    computed.toReversed().map(({ prediction }) => prediction),
  );
  assert.ok(again.every(({ isCached }) => isCached));
  assert.deepEqual(recorded.lookedUp, [false, false, true, true]);
  assert.deepEqual([recorded.encoded.length, recorded.computed.length], [2, 2]);
});

test("kept and computed answers of one request come back in the order of its texts", async () => {
  const { threads, predict, answerAll } = heldEngine({ cache: createAnswerCache(10) });
  const first = predict(["b", "d"]);
  await turn();
  threads.held.shift()?.answer([
    [2, 0],
    [2, 0],
  ]);
  await first;
  const mixed = predict(["a", "b", "c", "d", "a"]);
  await answerAll();
  assert.deepEqual(
    (await mixed).map(({ prediction, isCached }) => [prediction.label, isCached]),
    [
      ["positive", false],
      ["negative", true],
      ["positive", false],
      ["negative", true],
      ["positive", false],
    ],
  );
  assert.deepEqual(threads.seen, ["b", "d", "a", "c", "a"]);
});

test("kept answers are there while the model is not", async () => {
  const { runner, predict, answerAll } = heldEngine({ cache: createAnswerCache(10) });
  const first = predict(["a"]);
  await answerAll();
  await first;
  runner.isReady = false;
  assert.equal((await predict(["a"])).length, 1);
  await assert.rejects(predict(["a", "b"]), isCode("not_ready"));
});

test("what failed is not kept", async () => {
  const { runner, recorded, predict, answerAll } = heldEngine({ cache: createAnswerCache(10) });
  const { run } = runner;
  runner.run = () => Promise.reject(retryable("inference_failed", "the model failed"));
  await assert.rejects(predict(["a"]), isCode("inference_failed"));
  runner.run = run;
  const again = predict(["a"]);
  await answerAll();
  assert.equal((await again)[0]?.isCached, false);
  assert.deepEqual(recorded.lookedUp, [false, false]);
});
