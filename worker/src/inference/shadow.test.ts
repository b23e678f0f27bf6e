import assert from "node:assert/strict";
import { test } from "node:test";
import { retryable } from "../errors.ts";
import { heldEngine, ONE_BY_ONE } from "../testing/held-engine.ts";
import { isCode } from "../testing/is-code.ts";
import { createAnswerCache } from "./answer-cache.ts";

const call = () => ({ signal: new AbortController().signal, timeoutMs: undefined });

test("a shadow is computed and is in no figure of answers; the run that it shared is in those of runs", async () => {
  const { engine, recorded, answerAll } = heldEngine();
  const both = [
    engine.predict(["a"], call()),
    engine.predict(["b"], { ...call(), isShadow: true }),
    engine.predict(["c"], { ...call(), isShadow: true }),
  ];
  await answerAll();
  const answers = await Promise.all(both);
  assert.deepEqual(
    answers.map((answer) => answer.length),
    [1, 1, 1],
  );
  assert.deepEqual([recorded.encoded.length, recorded.computed.length], [1, 1]);
  assert.equal(
    recorded.ran.reduce((sum, { sequences }) => sum + sequences, 0),
    3,
  );
});

test("a shadow is refused while half the queue is taken, a caller only when all of it is", async () => {
  // Two are with the thread at once, eight may wait.
  const { engine, answerAll } = heldEngine({ batch: ONE_BY_ONE });
  const admitted: Promise<unknown>[] = [];
  const admit = (count: number) => {
    for (let at = 0; at < count; at += 1) admitted.push(engine.predict(["a"], call()));
  };
  admit(5);
  assert.deepEqual([engine.depth, engine.refusal(true)], [3, undefined]);
  admit(1);
  assert.equal(engine.depth, 4);
  assert.equal(engine.refusal(true)?.code, "queue_full");
  assert.equal(engine.refusal(), undefined);
  admit(4);
  assert.equal(engine.refusal()?.code, "queue_full");
  await answerAll();
  await Promise.all(admitted);
});

test("a shadow neither takes from the answer cache nor leaves anything in it", async () => {
  const { engine, recorded, answerAll } = heldEngine({ cache: createAnswerCache(10) });
  const ask = async (isShadow: boolean) => {
    const answer = engine.predict(["a"], { ...call(), isShadow });
    await answerAll();
    return (await answer)[0]?.isCached;
  };
  assert.deepEqual(
    [await ask(true), await ask(false), await ask(true), await ask(false)],
    [false, false, false, true],
  );
  assert.deepEqual(recorded.lookedUp, [false, true]);
});

test("a shadow whose asker leaves, or that fails, is not counted among what was dropped", async () => {
  const { engine, threads, recorded, answerAll } = heldEngine({ batch: ONE_BY_ONE });
  const caller = new AbortController();
  const shadow = { signal: caller.signal, timeoutMs: undefined, isShadow: true };
  const asked = [0, 1, 2].map(() => engine.predict(["a"], shadow));
  caller.abort(new Error("gone"));
  for (const answer of asked) await assert.rejects(answer, /gone/);
  assert.equal(threads.held.length, 2);
  await answerAll();
  const waiting = [0, 1, 2].map(() => engine.predict(["a"], { ...call(), isShadow: true }));
  const refused = assert.rejects(waiting[2] ?? assert.fail(), isCode("stopping"));
  engine.dropWaiting(retryable("stopping", "stopping"), "stopping");
  await refused;
  await answerAll();
  await Promise.all(waiting.slice(0, 2));
  assert.equal(
    Object.values(recorded.dropped).reduce((sum, count) => sum + count, 0),
    0,
  );
});
