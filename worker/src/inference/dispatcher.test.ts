import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { retryable, WorkerError } from "../errors.ts";
import { FAKE_RUN_SECONDS, fakeThreads } from "../testing/fake-thread.ts";
import { Dispatcher, type DispatchRecord } from "./dispatcher.ts";

function setUp(settings: { limitEntries?: number; deadlineMs?: number } = {}) {
  const threads = fakeThreads();
  const thread = threads.start({
    modelDirectory: "",
    graphPath: "",
    limitTokens: 1,
    threads: 1,
    labelCount: 2,
  });
  const counts: Record<string, number> = {};
  const add = (name: string, by: number) => {
    counts[name] = (counts[name] ?? 0) + by;
  };
  const record: DispatchRecord = {
    inference: (seconds) => add("inference", seconds),
    tokenized: () => add("tokenized", 1),
    queued: () => add("queued", 1),
    confidence: () => add("confidence", 1),
    truncated: () => add("truncated", 1),
    dropped: (reason, count) => add(reason, count),
  };
  const runner = { isReady: true, run: (text: string) => thread.run(text) };
  const dispatcher = new Dispatcher({
    labels: ["negative", "positive"],
    runner,
    record,
    limitEntries: settings.limitEntries ?? 4,
    deadlineMs: settings.deadlineMs ?? 30_000,
  });
  const answerAll = async () => {
    while (threads.held.length > 0) {
      threads.held.shift()?.answer();
      await turn();
    }
  };
  return { threads, dispatcher, runner, counts, answerAll };
}

const never = new AbortController().signal;
const isCode = (code: string) => (error: unknown) => error instanceof WorkerError && error.code === code;

test("predictions come back in the order of the texts, whatever order they are computed in", async () => {
  const { threads, dispatcher } = setUp();
  const answer = dispatcher.predict(["a", "b"], never);
  const [first, second] = threads.held;
  second?.answer([3, 0]);
  first?.answer([0, 3]);
  assert.deepEqual(
    (await answer).map((prediction) => prediction.label),
    ["positive", "negative"],
  );
});

test("a caller who has left before admission is not admitted", async () => {
  const { threads, dispatcher, counts } = setUp();
  await assert.rejects(dispatcher.predict(["a"], AbortSignal.abort(new Error("left"))), /left/);
  assert.deepEqual([threads.seen, dispatcher.depth, counts], [[], 0, {}]);
});

test("at most two entries are handed over; the rest waits in order of arrival", async () => {
  const { threads, dispatcher, answerAll } = setUp();
  const answers = [["a", "b"], ["c"], ["d"]].map((texts) => dispatcher.predict(texts, never));
  assert.deepEqual([threads.seen, dispatcher.depth], [["a", "b"], 2]);
  await answerAll();
  await Promise.all(answers);
  assert.deepEqual(threads.seen, ["a", "b", "c", "d"]);
});

test("a request whose texts do not all fit is refused whole and takes no place", async () => {
  const { threads, dispatcher, answerAll } = setUp({ limitEntries: 3 });
  const admitted = [dispatcher.predict(["a", "b"], never), dispatcher.predict(["c", "d"], never)];
  await assert.rejects(dispatcher.predict(["e", "f"], never), (error) => {
    assert.ok(isCode("queue_full")(error));
    // Depth and limit would tell the caller which variant, the slower one, it was given.
    assert.match(String(error), /: the queue has no room for 2 text\(s\); try again$/);
    return true;
  });
  assert.equal(dispatcher.depth, 2);
  admitted.push(dispatcher.predict(["g"], never));
  await answerAll();
  await Promise.all(admitted);
  assert.deepEqual(threads.seen, ["a", "b", "c", "d", "g"]);
});

test("entries of a caller who leaves are dropped before they are computed, and their places are free", async () => {
  const { threads, dispatcher, counts, answerAll } = setUp();
  const stays = dispatcher.predict(["a", "b"], never);
  const caller = new AbortController();
  const leaves = dispatcher.predict(["x", "y"], caller.signal);
  const next = dispatcher.predict(["c"], never);
  caller.abort(new Error("left"));
  await assert.rejects(leaves, /left/);
  assert.equal(dispatcher.depth, 1);
  await answerAll();
  await Promise.all([stays, next]);
  assert.deepEqual(threads.seen, ["a", "b", "c"]);
  assert.equal(counts.caller_gone, 2);
});

test("one failed text fails its request, and the request's waiting texts are not computed", async () => {
  const { threads, dispatcher, answerAll } = setUp();
  const bad = dispatcher.predict(["nan", "b", "c", "d"], never);
  threads.held[0]?.answer([Number.NaN, 0]);
  await assert.rejects(bad, RangeError);
  assert.equal(dispatcher.depth, 0);
  const good = dispatcher.predict(["e"], never);
  threads.held.shift();
  await answerAll();
  assert.equal((await good).length, 1);
  assert.deepEqual(threads.seen, ["nan", "b", "e"]);
});

test("texts dropped because another one of their request was refused have that as their reason", async () => {
  const { threads, dispatcher, runner, counts, answerAll } = setUp();
  runner.run = async () => {
    throw new WorkerError("text_unprocessable", "a text cannot be split into tokens");
  };
  await assert.rejects(dispatcher.predict(["a", "b", "c", "d"], never), isCode("text_unprocessable"));
  await answerAll();
  assert.deepEqual(threads.seen, []);
  assert.deepEqual([counts.text_unprocessable, counts.inference_failed ?? 0], [2, 0]);
});

test("an entry that waited beyond the deadline is answered instead of computed", async (t) => {
  let nowMs = 1000;
  t.mock.method(performance, "now", () => nowMs);
  const { threads, dispatcher, counts, answerAll } = setUp({ deadlineMs: 50 });
  const early = dispatcher.predict(["a", "b"], never);
  const late = assert.rejects(dispatcher.predict(["late"], never), isCode("queue_deadline"));
  nowMs += 51;
  await answerAll();
  await Promise.all([early, late]);
  assert.deepEqual([threads.seen, counts.deadline], [["a", "b"], 1]);
});

test("while the thread is not there nothing is admitted", async () => {
  const { dispatcher, runner } = setUp();
  runner.isReady = false;
  await assert.rejects(dispatcher.predict(["a"], never), isCode("not_ready"));
});

test("what waits can be answered with an error at once", async () => {
  const { dispatcher, counts } = setUp();
  dispatcher.predict(["a", "b"], never).catch(() => {});
  const waiting = [dispatcher.predict(["c"], never), dispatcher.predict(["d"], never)];
  const refused = waiting.map((answer) => assert.rejects(answer, isCode("stopping")));
  dispatcher.dropWaiting(retryable("stopping", "the worker is stopping"), "stopping");
  await Promise.all(refused);
  assert.deepEqual([dispatcher.depth, counts.stopping], [0, 2]);
});

test("every computed text is recorded once, with the time of its own run", async () => {
  const { dispatcher, counts, answerAll } = setUp();
  const answer = dispatcher.predict(["a", "b".repeat(2000), "c"], never);
  await answerAll();
  await answer;
  assert.deepEqual(
    [counts.inference, counts.tokenized, counts.queued, counts.confidence, counts.truncated],
    [3 * FAKE_RUN_SECONDS, 3, 3, 3, 1],
  );
});
