import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { WorkerError } from "../errors.ts";
import { characterTokenizer } from "../testing/character-tokenizer.ts";
import { heldEngine, ONE_BY_ONE } from "../testing/held-engine.ts";
import { isCode } from "../testing/is-code.ts";
import { stayAlive } from "../testing/stay-alive.ts";
import { createEncoder } from "../tokenize/encoder.ts";
import { LongTexts } from "../tokenize/long-texts.ts";
import { Tokenizing } from "../tokenize/tokenizing.ts";

const never = new AbortController().signal;

/** @returns moves the clock by that many milliseconds. */
function mockTimers(t: TestContext): (ms: number) => void {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  return (ms) => t.mock.timers.tick(ms);
}

/** An engine whose tokenizer thread keeps silent. */
function silentTokenizer(t: TestContext, parts: Parameters<typeof heldEngine>[0] = {}) {
  const longTexts = new LongTexts(
    { modelDirectory: "", limitTokens: 12, overlong: "truncate" },
    () => {},
    new URL("../testing/failing-tokenizer.ts", import.meta.url),
  );
  const encoder = createEncoder(characterTokenizer(), { limitTokens: 12, overlong: "truncate" });
  stayAlive(t);
  t.after(() => longTexts.close());
  return heldEngine({ tokenizing: new Tokenizing(encoder, longTexts), ...parts });
}

const SILENCE = `silence  ${"x".repeat(2000)}`;

test("a text that waited beyond the deadline is answered instead of computed", async (t) => {
  const tick = mockTimers(t);
  const { threads, engine, recorded, predict, answerAll } = heldEngine({ batch: ONE_BY_ONE, timeoutMs: 50 });
  const early = predict(["a", "b"]);
  const late = assert.rejects(predict(["late", "later"]), (error) => {
    assert.ok(isCode("queue_deadline")(error) && error instanceof WorkerError && error.status === 503);
    assert.ok(error.headers["retry-after"]);
    return true;
  });
  await turn();
  tick(51);
  await late;
  assert.deepEqual([engine.depth, recorded.dropped], [0, { deadline: 2 }]);
  await answerAll();
  assert.equal((await early).length, 2, "what is being computed has no deadline");
  assert.deepEqual(threads.seen, ["a", "b"]);
});

test("a caller's own patience is shorter, never longer, and running out of it is no fault of the worker", async (t) => {
  const tick = mockTimers(t);
  const { recorded, predict, answerAll } = heldEngine({ batch: ONE_BY_ONE, timeoutMs: 50 });
  const early = predict(["a", "b"]);
  const hurried = assert.rejects(predict(["hurried"], never, 10), (error) => {
    assert.ok(isCode("request_deadline")(error) && error instanceof WorkerError && error.status === 429);
    assert.match(error.message, /^no answer within the 10 ms of X-Request-Timeout; allow more$/);
    return true;
  });
  const patient = assert.rejects(predict(["patient"], never, 1000), isCode("queue_deadline"));
  await turn();
  tick(11);
  await hurried;
  tick(40);
  await patient;
  assert.deepEqual(recorded.dropped, { deadline: 2 });
  await answerAll();
  await early;
});

test("a request of which some is computed and some waits is dropped whole at its deadline", async (t) => {
  const tick = mockTimers(t);
  const { threads, recorded, predict, answerAll } = heldEngine({ batch: ONE_BY_ONE, timeoutMs: 50 });
  const late = assert.rejects(predict(["a", "b", "c"]), isCode("queue_deadline"));
  await turn();
  tick(51);
  await late;
  await answerAll();
  assert.deepEqual([threads.seen, recorded.dropped], [["a", "b"], { deadline: 3 }]);
});

test("a single text with little patience is tried beside requests of many texts, because the queue is fair", async () => {
  const { predict, answerAll } = heldEngine({ batch: ONE_BY_ONE, timeoutMs: 60_000 });
  const first = predict(["first"]);
  await answerAll();
  await first;
  // A quarter of a second each: far more waits than its caller has time for, and yet it is next but one.
  const many = predict(["a", "b", "c", "d"]);
  const hurried = predict(["hurried"], never, 500);
  await answerAll();
  assert.equal((await hurried).length, 1);
  await many;
});

test("who waited too long is told when what waits now will be done", async (t) => {
  const tick = mockTimers(t);
  const { predict, answerAll } = heldEngine({ batch: ONE_BY_ONE, timeoutMs: 50, limitSequences: 64 });
  const first = predict(["first"]);
  await answerAll();
  await first;
  // 32 texts of a quarter of a second; two are handed over, one is the late one's own.
  const many = Array.from({ length: 32 }, (_, text) => predict([String(text)], never, 49).catch(() => {}));
  const late = assert.rejects(predict(["late"], never, 40), (error) => {
    assert.ok(isCode("request_deadline")(error) && error instanceof WorkerError);
    assert.equal(error.headers["retry-after"], "8");
    return true;
  });
  await turn();
  tick(41);
  await late;
  tick(10);
  await answerAll();
  await Promise.all(many);
});

test("the deadline holds while the text is split, too", async (t) => {
  const { predict, recorded } = silentTokenizer(t, { timeoutMs: 50 });
  await Promise.all([
    assert.rejects(predict([SILENCE], never, 1), isCode("request_deadline")),
    assert.rejects(predict([SILENCE]), isCode("queue_deadline")),
  ]);
  assert.deepEqual(recorded.dropped, {});
});

test("a caller who leaves while the text is split is not admitted", async (t) => {
  const { engine, predict, recorded } = silentTokenizer(t);
  const caller = new AbortController();
  const leaves = assert.rejects(predict([SILENCE], caller.signal), /left/);
  await turn();
  caller.abort(new Error("left"));
  await leaves;
  assert.deepEqual([engine.depth, recorded.encoded, recorded.dropped], [0, [], {}]);
});

test("a caller who leaves in the moment in which the text is split is not admitted", async () => {
  const encoder = createEncoder(characterTokenizer(), { limitTokens: 12, overlong: "truncate" });
  const caller = new AbortController();
  const thread: Pick<LongTexts, "encode" | "close"> = {
    async encode(texts) {
      caller.abort(new Error("left"));
      return texts.map((text) => ({ ...encoder.encode(text), tokenizeSeconds: 0 }));
    },
    close: () => {},
  };
  const { threads, recorded, predict } = heldEngine({
    tokenizing: new Tokenizing(encoder, thread as LongTexts),
  });
  await assert.rejects(predict([SILENCE], caller.signal), /left/);
  assert.deepEqual([threads.seen, recorded.encoded, recorded.dropped], [[], [], {}]);
});
