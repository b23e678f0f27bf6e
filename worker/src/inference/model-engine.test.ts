import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { WorkerError } from "../errors.ts";
import { CHOKES, characterTokenizer } from "../testing/character-tokenizer.ts";
import { FAKE_RUN_SECONDS } from "../testing/fake-thread.ts";
import { heldEngine, ONE_BY_ONE } from "../testing/held-engine.ts";
import { isCode } from "../testing/is-code.ts";
import { createEncoder } from "../tokenize/encoder.ts";
import { Tokenizing } from "../tokenize/tokenizing.ts";

/** An engine of tokens: one per character, and one on either side of a text or window. */
function tokenEngine(changes: Parameters<typeof heldEngine>[0] & { overlong?: "truncate" | "window" } = {}) {
  const { overlong = "truncate", ...parts } = changes;
  const tokenizer = characterTokenizer();
  const tokenizing = new Tokenizing(createEncoder(tokenizer, { limitTokens: 12, overlong }));
  tokenizer.asked.length = 0;
  return { ...heldEngine({ tokenizing, ...parts }), asked: tokenizer.asked };
}

test("a caller who has left before admission is not admitted", async () => {
  const { threads, engine, recorded, predict } = heldEngine();
  await assert.rejects(predict(["a"], AbortSignal.abort(new Error("left"))), /left/);
  assert.deepEqual([threads.seen, engine.depth, recorded.encoded], [[], 0, []]);
});

test("a request whose texts do not all fit is refused whole and takes no place", async () => {
  const { threads, engine, recorded, predict, answerAll } = heldEngine({
    batch: ONE_BY_ONE,
    limitSequences: 3,
  });
  const admitted = [predict(["a", "b"]), predict(["c", "d"])];
  await assert.rejects(predict(["e", "f"]), (error) => {
    assert.ok(isCode("queue_full")(error) && error instanceof WorkerError && error.status === 429);
    // Depth and limit would tell the caller which variant, the slower one, it was given.
    assert.match(String(error), /: the queue has no room for this request; try again$/);
    return true;
  });
  assert.equal(engine.depth, 2);
  admitted.push(predict(["g"]));
  await answerAll();
  await Promise.all(admitted);
  assert.equal(recorded.encoded.length, 5, "of those that were answered");
  assert.deepEqual(new Set(threads.seen), new Set(["a", "b", "c", "d", "g"]));
});

test("a full queue refuses before anything is split", async () => {
  const { engine, asked, predict, answerAll } = tokenEngine({ batch: ONE_BY_ONE, limitSequences: 2 });
  const admitted = [predict(["a"]), predict(["b"]), predict(["c", "d"])];
  await turn();
  assert.equal(engine.depth, 2);
  asked.length = 0;
  await assert.rejects(predict(["e"]), isCode("queue_full"));
  assert.deepEqual(asked, []);
  await answerAll();
  await Promise.all(admitted);
});

test("admission is bounded in tokens too, all or nothing", async () => {
  const { engine, predict, answerAll } = tokenEngine({ batch: ONE_BY_ONE, limitTokens: 20 });
  const admitted = [predict(["a"]), predict(["b"]), predict(["12345678"])];
  await turn();
  assert.deepEqual([engine.depth, engine.depthTokens], [1, 10]);
  await assert.rejects(predict(["1234", "1234"]), isCode("queue_full"));
  assert.deepEqual([engine.depth, engine.depthTokens], [1, 10]);
  admitted.push(predict(["12345678"]));
  assert.deepEqual([engine.depth, engine.depthTokens], [2, 20]);
  await answerAll();
  await Promise.all(admitted);
});

test("a request that the empty queue could not hold is refused as too large, not asked to try again", async () => {
  const { engine, threads, predict } = tokenEngine({ limitTokens: 20 });
  await assert.rejects(predict(["1234567", "12345678"].concat("x")), (error) => {
    assert.ok(isCode("too_many_tokens")(error) && error instanceof WorkerError && error.status === 413);
    assert.deepEqual(error.headers, {});
    const found =
      /3 sequence\(s\) of 22 tokens together.*\(8 sequences, 20 tokens\); send it in several requests$/;
    assert.match(error.message, found);
    return true;
  });
  const windows = tokenEngine({ limitSequences: 2, overlong: "window" });
  await assert.rejects(windows.predict(["x".repeat(21)]), isCode("too_many_tokens"));
  assert.deepEqual([engine.depth, threads.seen, windows.threads.seen], [0, [], []]);
});

test("a refusal says when to come again, as the last runs show", async () => {
  const { recorded, predict, answerAll } = heldEngine({ batch: ONE_BY_ONE, limitSequences: 8 });
  const first = predict(["first"]);
  await answerAll();
  await first;
  assert.equal(recorded.ran[0]?.runSeconds, FAKE_RUN_SECONDS);
  const admitted = [predict(["a", "b"]), predict(["c", "d", "e", "f", "g", "h", "i", "j"])];
  await turn();
  await assert.rejects(predict(["late"]), (error) => {
    // Eight of a quarter of a second each.
    assert.ok(error instanceof WorkerError);
    assert.deepEqual([error.code, error.headers], ["queue_full", { "retry-after": "2" }]);
    return true;
  });
  await answerAll();
  await Promise.all(admitted);
});

test("entries of a caller who leaves are dropped before they are computed, and their places are free", async () => {
  const { threads, engine, recorded, predict, answerAll } = heldEngine({ batch: ONE_BY_ONE });
  const stays = predict(["a", "b"]);
  const caller = new AbortController();
  const leaves = predict(["x", "y"], caller.signal);
  const next = predict(["c"]);
  caller.abort(new Error("left"));
  await assert.rejects(leaves, /left/);
  assert.equal(engine.depth, 1);
  await answerAll();
  await Promise.all([stays, next]);
  assert.deepEqual([threads.seen, recorded.dropped], [["a", "b", "c"], { caller_gone: 2 }]);
});

test("a caller who is answered, or refused, is not listened to any more", async () => {
  const { predict, answerAll } = heldEngine({ limitSequences: 1 });
  const { signal } = new AbortController();
  const answered = predict(["a"], signal);
  await assert.rejects(predict(["b", "c"], signal), isCode("too_many_tokens"));
  await answerAll();
  await answered;
  assert.deepEqual(getEventListeners(signal, "abort"), []);
});

test("a text that cannot be split fails its request before anything of it is admitted", async () => {
  const { threads, engine, recorded, predict } = tokenEngine();
  await assert.rejects(predict(["a", `b${CHOKES}`, "c"]), isCode("text_unprocessable"));
  assert.deepEqual([threads.seen, engine.depth, recorded.encoded, recorded.dropped], [[], 0, [], {}]);
});

test("while the thread is not there nothing is admitted", async () => {
  const { threads, runner, predict, asked } = tokenEngine();
  runner.isReady = false;
  await assert.rejects(predict(["a"]), isCode("not_ready"));
  assert.deepEqual([asked, threads.seen], [[], []]);
});

test("every computed text is recorded once, with the time of its own run", async () => {
  const { recorded, predict, answerAll } = tokenEngine({ batch: { ...ONE_BY_ONE, maxTexts: 2 } });
  const answer = predict(["a?", "b".repeat(2000), "cd"]);
  await answerAll();
  const answers = await answer;
  assert.deepEqual(
    recorded.encoded.map(({ tokens, unknownTokens, isTruncated }) => [tokens, unknownTokens, isTruncated]),
    [
      [4, 1, false],
      [4, 0, false],
      [12, 0, true],
    ],
    "in the order in which they were computed",
  );
  assert.equal(recorded.computed.length, 3);
  for (const { inferenceSeconds, queueSeconds, score } of recorded.computed) {
    assert.deepEqual([inferenceSeconds, score], [FAKE_RUN_SECONDS, 0.880797]);
    assert.ok(queueSeconds >= 0);
  }
  assert.deepEqual(
    answers.map(({ tokens, isTruncated, windows, isCached }) => [tokens, isTruncated, windows, isCached]),
    [
      [4, false, 1, false],
      [12, true, 1, false],
      [4, false, 1, false],
    ],
  );
  assert.deepEqual(recorded.lookedUp, [], "there is no cache");
});

test("a text judged in windows gets the mean of them, the sum of their times and the largest of their batches", async () => {
  const { threads, recorded, predict, engine } = tokenEngine({
    overlong: "window",
    batch: { ...ONE_BY_ONE, maxTexts: 2 },
  });
  const answer = predict([`${"a".repeat(20)}${"b".repeat(10)}`]);
  await threads.untilHeld(1);
  const first = threads.held.shift();
  assert.deepEqual([first?.contents, engine.depth], [[12, 12], 1]);
  first?.answer([
    [1, 0],
    [0, 1],
  ]);
  await threads.untilHeld(1);
  threads.held.shift()?.answer([[8, 0]]);
  const [answered] = await answer;
  assert.deepEqual(answered?.prediction, {
    label: "negative",
    score: 0.666555,
    scores: [0.666555, 0.333445],
  });
  const { windows, tokens, inferenceSeconds, batchSize, isTruncated } = answered ?? {};
  assert.deepEqual(
    [windows, tokens, inferenceSeconds, batchSize, isTruncated],
    [3, 36, 2 * FAKE_RUN_SECONDS, 2, false],
  );
  assert.equal(recorded.computed.length, 1);
});
