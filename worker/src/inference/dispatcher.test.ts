import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { retryable, WorkerError } from "../errors.ts";
import { characterTokenizer } from "../testing/character-tokenizer.ts";
import { FAKE_RUN_SECONDS } from "../testing/fake-thread.ts";
import { heldEngine, ONE_BY_ONE } from "../testing/held-engine.ts";
import { isCode } from "../testing/is-code.ts";
import { createEncoder } from "../tokenize/encoder.ts";
import { Tokenizing } from "../tokenize/tokenizing.ts";

/** What each held run is of. */
const contents = ({ threads }: ReturnType<typeof heldEngine>) => threads.held.map((run) => run.contents);

/** One token per character, and none around a text. */
function byLength() {
  const encoder = createEncoder(
    { ...characterTokenizer(), prefix: [], suffix: [] },
    { limitTokens: 512, overlong: "truncate" },
  );
  return { tokenizing: new Tokenizing(encoder) };
}

test("predictions come back in the order of the texts, whatever order they are computed in", async () => {
  const { threads, predict } = heldEngine({ batch: ONE_BY_ONE });
  const answer = predict(["a", "b"]);
  await threads.untilHeld(2);
  const [first, second] = threads.held;
  second?.answer([[3, 0]]);
  await turn();
  first?.answer([[0, 3]]);
  assert.deepEqual(
    (await answer).map(({ prediction }) => prediction.label),
    ["positive", "negative"],
  );
});

test("each text of a batch gets its own row", async () => {
  const { threads, predict } = heldEngine();
  const held = predict(["first"]);
  const answers = [predict(["a", "b"]), predict(["c"]), predict(["d"])];
  await turn();
  threads.held.shift()?.answer();
  await held;
  await threads.untilHeld(1);
  const scores = new Map(Object.entries({ a: [2, 0], b: [0, 2], c: [1, 0], d: [0, 1] }));
  const run = threads.held.shift();
  run?.answer(run.contents.map((text) => scores.get(String(text)) ?? []));
  const labels = (await Promise.all(answers)).map((found) => found.map(({ prediction }) => prediction.label));
  assert.deepEqual(labels, [["negative", "positive"], ["negative"], ["positive"]]);
});

test("at most two entries are handed over one by one; the rest waits in order of arrival", async () => {
  const { threads, engine, predict, answerAll } = heldEngine({ batch: ONE_BY_ONE });
  const answers = [predict(["a"]), predict(["b"]), predict(["c"]), predict(["d"])];
  await turn();
  assert.deepEqual([threads.seen, engine.depth], [["a", "b"], 2]);
  await answerAll();
  await Promise.all(answers);
  assert.deepEqual(threads.seen, ["a", "b", "c", "d"]);
});

test("one text of a new request is not behind the rest of a big one", async () => {
  const { threads, predict, answerAll } = heldEngine({ batch: ONE_BY_ONE });
  const answers = [predict(["a", "b", "c", "d", "e"]), predict(["x"])];
  await answerAll();
  await Promise.all(answers);
  assert.deepEqual(threads.seen, ["a", "b", "c", "x", "d", "e"]);
});

test("a batch forms from what waits while the one before runs", async () => {
  const held = heldEngine();
  const answers = [held.predict(["a"])];
  await turn();
  for (const text of ["b", "c", "d"]) answers.push(held.predict([text]));
  await turn();
  assert.deepEqual([contents(held), held.engine.depth], [[["a"]], 3], "it could grow, so it waits");
  await held.answerAll();
  await Promise.all(answers);
  assert.deepEqual(
    held.recorded.ran.map(({ sequences }) => sequences),
    [1, 3],
  );
});

test("a batch that could not grow is handed over while the one before runs, a third one is not", async () => {
  const held = heldEngine({ limitSequences: 20 });
  const answers = [held.predict(["a"])];
  await turn();
  answers.push(held.predict(["b", "c", "d", "e"]), held.predict(["f", "g", "h", "i"]));
  await turn();
  assert.deepEqual([contents(held).map(({ length }) => length), held.engine.depth], [[1, 4], 4]);
  await held.answerAll();
  assert.equal((await Promise.all(answers)).flat().length, 9);
});

test("texts of like length run together, and padding is recorded", async () => {
  const held = heldEngine(byLength());
  const answers = [held.predict(["first"])];
  await turn();
  answers.push(held.predict(["a".repeat(30)]), held.predict(["b".repeat(5)]), held.predict(["c".repeat(27)]));
  await turn();
  await held.answerAll();
  await Promise.all(answers);
  const facts = { paddingTokens: 0, runSeconds: FAKE_RUN_SECONDS };
  assert.deepEqual(held.recorded.ran, [
    { ...facts, sequences: 1, tokens: 5 },
    { ...facts, sequences: 2, tokens: 57, paddingTokens: 3 },
    { ...facts, sequences: 1, tokens: 5 },
  ]);
});

test("one failed run fails the requests that are in it, drops what waits of them, and harms nobody else", async () => {
  const { threads, engine, runner, recorded, predict, answerAll } = heldEngine({ batch: ONE_BY_ONE });
  const { run } = runner;
  runner.run = (batch) =>
    batch.kind === "text" && batch.texts.includes("bad")
      ? Promise.reject(retryable("inference_failed", "the model failed"))
      : run(batch);
  const good = [predict(["a"])];
  const bad = predict(["bad", "b", "c"]);
  good.push(predict(["d"]));
  await assert.rejects(bad, isCode("inference_failed"));
  assert.deepEqual(
    recorded.dropped,
    { inference_failed: 3 },
    "the one that was in the run and the two that waited",
  );
  await answerAll();
  assert.equal((await Promise.all(good)).length, 2);
  assert.deepEqual([threads.seen, engine.depth], [["a", "d"], 0]);
});

test("a failed run of texts of several requests fails each of them", async () => {
  const { threads, runner, predict, answerAll } = heldEngine();
  const held = predict(["first"]);
  await turn();
  const { run } = runner;
  runner.run = () => Promise.reject(retryable("inference_failed", "the model failed"));
  const failing = ["a", "b", "c"].map((text) => assert.rejects(predict([text]), isCode("inference_failed")));
  await answerAll();
  await Promise.all([held, ...failing]);
  runner.run = run;
  const after = predict(["after"]);
  await answerAll();
  await after;
  assert.deepEqual(threads.seen, ["first", "after"]);
});

for (const flaw of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
  test(`an answer of ${flaw} is 422 for its request, drops what waits of it, and leaves its neighbours alone`, async () => {
    const { threads, engine, recorded, predict, answerAll } = heldEngine({
      batch: { ...ONE_BY_ONE, maxTexts: 2 },
    });
    const held = predict(["first"]);
    await turn();
    const good = predict(["good"]);
    const bad = predict(["bad", "b", "c"]);
    await turn();
    threads.held.shift()?.answer();
    await held;
    await threads.untilHeld(1);
    const run = threads.held.shift();
    assert.deepEqual(run?.contents, ["good", "bad"]);
    run?.answer([
      [2, 0],
      [flaw, 0],
    ]);
    await assert.rejects(bad, (error) => {
      assert.ok(isCode("text_unprocessable")(error) && error instanceof WorkerError && error.status === 422);
      assert.ok(error.cause instanceof RangeError);
      return true;
    });
    assert.equal((await good)[0]?.prediction.label, "negative");
    await answerAll();
    assert.equal(engine.depth, 0);
    assert.deepEqual(recorded.dropped, { text_unprocessable: 3 });
    assert.equal(recorded.computed.length, 2);
  });
}

test("what waits can be answered with an error at once; what the thread has is not touched", async () => {
  const { engine, recorded, predict, answerAll } = heldEngine({ batch: ONE_BY_ONE });
  const computed = predict(["a", "b"]);
  const refused = [["c"], ["d"]].map((texts) => assert.rejects(predict(texts), isCode("stopping")));
  await turn();
  engine.dropWaiting(retryable("stopping", "the worker is stopping"), "stopping");
  await Promise.all(refused);
  assert.deepEqual([engine.depth, engine.depthTokens, recorded.dropped], [0, 0, { stopping: 2 }]);
  await answerAll();
  assert.equal((await computed).length, 2);
});

/** @returns moves the clock by that many milliseconds. */
function mockTimers(t: TestContext): (ms: number) => void {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  return (ms) => t.mock.timers.tick(ms);
}

const DELAYED = { maxTexts: 3, maxTokens: 512, maxDelayMs: 20 };

test("with a delay a free model waits that long for more texts", async (t) => {
  const tick = mockTimers(t);
  const held = heldEngine({ batch: DELAYED });
  const answers = [held.predict(["a"])];
  await turn();
  tick(19);
  answers.push(held.predict(["b"]));
  await turn();
  assert.deepEqual(contents(held), []);
  tick(1);
  assert.deepEqual(contents(held), [["a", "b"]]);
  await held.answerAll();
  await Promise.all(answers);
});

test("a delay ends as soon as a batch could not grow, and each batch has its own", async (t) => {
  const tick = mockTimers(t);
  const held = heldEngine({ batch: DELAYED });
  const answers = [held.predict(["a"]), held.predict(["b", "c"])];
  await turn();
  assert.deepEqual(contents(held), [["a", "b", "c"]]);
  await held.answerAll();
  answers.push(held.predict(["d"]));
  await turn();
  assert.deepEqual(contents(held), []);
  tick(20);
  assert.deepEqual(contents(held), [["d"]]);
  await held.answerAll();
  await Promise.all(answers);
});

test("a delay that ends when everybody has left is not owed to the next text", async (t) => {
  const tick = mockTimers(t);
  const held = heldEngine({ batch: DELAYED });
  const caller = new AbortController();
  const left = assert.rejects(held.predict(["a"], caller.signal), /left/);
  await turn();
  caller.abort(new Error("left"));
  await left;
  tick(20);
  const answer = held.predict(["b"]);
  await turn();
  assert.deepEqual(contents(held), [], "it is to wait for others as every text is");
  tick(20);
  await held.answerAll();
  await answer;
});
