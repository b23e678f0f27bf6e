import assert from "node:assert/strict";
import { test } from "node:test";
import { WorkerError } from "../errors.ts";
import { fakeThreads } from "../testing/fake-thread.ts";
import { isCode } from "../testing/is-code.ts";
import { THREAD_DATA } from "../testing/thread-data.ts";
import { until } from "../testing/until.ts";
import type { Batch } from "./protocol.ts";
import { Runner, type RunnerEvents, type RunnerLimits } from "./runner.ts";
import { type StartThread, startModelThread } from "./thread.ts";

const LIMITS: RunnerLimits = {
  loadMs: 5_000,
  runMs: 5_000,
  restarts: { windowMs: 60_000, limit: 3, firstPauseMs: 1 },
};
const FAILING = new URL("../testing/failing-thread.ts", import.meta.url);
const failingThread: StartThread = (data) => startModelThread(data, FAILING);
const batch = (...texts: string[]): Batch => ({ kind: "text", texts });

/** A runner whose ready and failure events can be awaited one by one. */
function setUp(startThread: StartThread, limits: Partial<RunnerLimits> = {}) {
  let ready = Promise.withResolvers<void>();
  const pauses: (number | undefined)[] = [];
  const events: RunnerEvents = {
    onReady: () => ready.resolve(),
    onFailure: (_, pauseMs) => {
      pauses.push(pauseMs);
      ready = Promise.withResolvers();
    },
  };
  const runner = new Runner(startThread, { ...LIMITS, ...limits }, events);
  return { runner, pauses, untilReady: () => ready.promise };
}

test("an exception in the thread answers its caller with 503, and another thread is started", async (t) => {
  const { runner, pauses, untilReady } = setUp(failingThread);
  t.after(() => runner.close(1000));
  await runner.start(THREAD_DATA);
  await assert.rejects(runner.run(batch("throw")), (error) => {
    assert.ok(isCode("inference_failed")(error) && error instanceof WorkerError && error.status === 503);
    assert.match(String(error.cause), /thrown in the inference thread/);
    return true;
  });
  await untilReady();
  assert.deepEqual([...(await runner.run(batch("fine"))).rows], [1, 0]);
  assert.deepEqual(pauses, [1]);
});

test("while there is no thread nothing can be run", async (t) => {
  const threads = fakeThreads();
  const { runner } = setUp(threads.start, { restarts: { windowMs: 60_000, limit: 3, firstPauseMs: 60_000 } });
  t.after(() => runner.close(1000));
  await runner.start(THREAD_DATA);
  assert.equal(runner.isReady, true);
  const running = assert.rejects(runner.run(batch("a")), isCode("inference_failed"));
  threads.crash();
  await running;
  assert.equal(runner.isReady, false);
  await assert.rejects(runner.run(batch("b")), isCode("not_ready"));
});

test("three exceptions within a minute break the runner, with the last reason", async (t) => {
  const { runner, pauses, untilReady } = setUp(failingThread);
  t.after(() => runner.close(1000));
  await runner.start(THREAD_DATA);
  for (let failure = 1; failure <= 3; failure += 1) {
    await assert.rejects(runner.run(batch("throw")), isCode("inference_failed"));
    if (failure < 3) await untilReady();
  }
  const error = await runner.broken;
  assert.equal(error.code, "inference_broken");
  assert.match(error.message, /failed 3 times within 60 s, last with: thrown in the inference thread/);
  assert.deepEqual(pauses, [1, 4, undefined]);
});

test("a run that hangs breaks the runner: native code cannot be interrupted", async (t) => {
  const threads = fakeThreads();
  const { runner } = setUp(threads.start, { runMs: 5 });
  t.after(() => runner.close(1000));
  await runner.start(THREAD_DATA);
  runner.run(batch("hangs")).catch(() => {});
  assert.match((await runner.broken).message, /longer than 5 ms/);
  assert.equal(runner.isReady, false);
});

test("a thread that does not get ready in time fails the start", async (t) => {
  const { runner } = setUp(fakeThreads({ isReady: () => false }).start, { loadMs: 5 });
  t.after(() => runner.close(1000));
  await assert.rejects(runner.start(THREAD_DATA), (error) => {
    assert.ok(isCode("model_load_failed")(error));
    assert.match(String(error), /cannot load graph: not done within 5 ms/);
    return true;
  });
});

test("a thread that does not get ready in time at a restart is closed, and another one is started", async (t) => {
  const threads = fakeThreads({ isReady: (thread) => thread !== 2 });
  const { runner } = setUp(threads.start, { loadMs: 5 });
  t.after(() => runner.close(1000));
  await runner.start(THREAD_DATA);
  threads.crash();
  await until(() => threads.starts() === 3 && runner.isReady);
  assert.ok(threads.closed.includes(2), "it would live on, with its model");
  assert.ok(!threads.closed.includes(3));
});

test("every run that was handed over is answered when the thread dies, those behind the failed one too", async (t) => {
  const { runner, pauses, untilReady } = setUp(failingThread);
  t.after(() => runner.close(1000));
  await runner.start(THREAD_DATA);
  const runs = [batch("fine", "throw"), batch("behind it")];
  await Promise.all(runs.map((each) => assert.rejects(runner.run(each), isCode("inference_failed"))));
  await untilReady();
  assert.deepEqual([...(await runner.run(batch("a", "b"))).rows], [1, 0, 1, 0]);
  assert.deepEqual(pauses, [1]);
});

test("close lets a run that was handed over finish", async () => {
  const { runner } = setUp(failingThread);
  await runner.start(THREAD_DATA);
  const last = runner.run(batch("fine"));
  await runner.close(5_000);
  assert.deepEqual([...(await last).rows], [1, 0]);
});
