import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { loadModel, SENTIMENT_FOREST, TEXT } from "../testing/bundled-model.ts";
import { DISTILBERT, ROBERTA } from "../testing/running-app.ts";
import { UNRUNNABLE, unrunnableModel } from "../testing/unrunnable-model.ts";
import { startModelThread } from "./thread.ts";

for (const directory of [DISTILBERT, ROBERTA]) {
  test(`${directory.split("/").at(-1)} loads, answers one logit per label and text, and reports its runtime`, async () => {
    const { data, batchOf } = await loadModel(directory);
    const thread = startModelThread(data);
    assert.match((await thread.ready).runtime, /^onnxruntime-node \d/);
    const short = await thread.run(batchOf("a good day 😀"));
    assert.equal(short.rows.length, data.outputs);
    assert.ok(short.runSeconds > 0);
    const several = await thread.run(batchOf("one", "word ".repeat(2000), "three"));
    assert.ok(several.rows.length === 3 * data.outputs && several.rows.every(Number.isFinite));
    thread.close();
    assert.equal(await thread.ended, undefined);
  });
}

test("a model that takes the text itself is warm and answers as one of tokens does", async () => {
  const { data, batchOf } = await loadModel(SENTIMENT_FOREST, TEXT);
  const thread = startModelThread(data);
  await thread.ready;
  assert.equal((await thread.run(batchOf("a", "b", "c"))).rows.length, 3 * data.outputs);
  thread.close();
  assert.equal(await thread.ended, undefined);
});

test("the same text gets the same logits from a second thread in the same process", async () => {
  const { data, batchOf } = await loadModel(DISTILBERT);
  const answers: number[][] = [];
  for (let life = 0; life < 2; life += 1) {
    const thread = startModelThread(data);
    await thread.ready;
    answers.push([...(await thread.run(batchOf("not bad at all"))).rows]);
    thread.close();
    await thread.ended;
  }
  assert.deepEqual(answers[0], answers[1]);
});

test("texts longer than the model reads get the prediction of their beginning", async () => {
  const { data, batchOf, source } = await loadModel(DISTILBERT);
  const thread = startModelThread(data);
  const whole = "good ".repeat((source.limitTokens ?? 0) - 2);
  const fits = await thread.run(batchOf(whole));
  const longer = await thread.run(batchOf(`${whole} terrible awful`));
  assert.deepEqual(longer.rows, fits.rows);
  thread.close();
  await thread.ended;
});

test("every shape that is to be warm is run before the thread is ready", async () => {
  const { data, source } = await loadModel(DISTILBERT);
  const limit = source.limitTokens ?? 0;
  const thread = startModelThread({
    ...data,
    warmUp: [
      [1, limit],
      [2, limit + 1],
    ],
  });
  // The graph has no positions for the second one.
  await assert.rejects(thread.ready, /indices|position|Gather|broadcast|dimension/i);
});

test("a graph that does not belong to the labels ends the thread with a reason that says so", async () => {
  const { data } = await loadModel(DISTILBERT);
  const thread = startModelThread({ ...data, outputs: 7 });
  await assert.rejects(
    thread.ready,
    /\[1,2\] where float32 of shape \[1,7\] was due; id2label in config\.json/,
  );
  assert.match(String(await thread.ended), /id2label/);
});

test("a provider that is not there ends the thread with a reason that says so", async () => {
  const { data } = await loadModel(DISTILBERT);
  await assert.rejects(
    startModelThread({ ...data, provider: "abacus" }).ready,
    /no provider "abacus"; it has cpu/,
  );
});

test("a session that throws on a text ends the thread, and every run handed over is answered with its reason", async (t) => {
  const { data, batchOf } = await loadModel(unrunnableModel(t));
  const thread = startModelThread(data);
  await thread.ready;
  assert.equal((await thread.run(batchOf("a good day"))).rows.length, 2);
  const runs = [batchOf("fine", UNRUNNABLE), batchOf("after it")];
  await Promise.all(runs.map((batch) => assert.rejects(thread.run(batch), /out of/)));
  assert.match(String(await thread.ended), /out of/);
});

test("a file that is no graph ends the thread, and a run handed over is answered with the reason", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "blindsplit-no-graph-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const graphPath = join(folder, "model.onnx");
  writeFileSync(graphPath, "no graph");
  const { data, batchOf } = await loadModel(DISTILBERT);
  const thread = startModelThread({ ...data, graphPath });
  await assert.rejects(thread.run(batchOf("a")), /graph|protobuf|load/i);
  await assert.rejects(thread.ready);
  await assert.rejects(thread.run(batchOf("after its end")), /graph|protobuf|load/i);
});
