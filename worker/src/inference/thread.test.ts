import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { readModelSource } from "../model/source.ts";
import { DISTILBERT, ROBERTA } from "../testing/running-app.ts";
import { UNRUNNABLE, unrunnableModel } from "../testing/unrunnable-model.ts";
import type { ThreadData } from "./protocol.ts";
import { startModelThread } from "./thread.ts";

async function threadData(directory: string, changes: Partial<ThreadData> = {}): Promise<ThreadData> {
  const { graphPath, limitTokens, labels } = await readModelSource(directory, "quantized", {});
  const labelCount = labels.raw.length;
  return { modelDirectory: directory, graphPath, limitTokens, threads: 1, labelCount, ...changes };
}

for (const directory of [DISTILBERT, ROBERTA]) {
  test(`${directory.split("/").at(-1)} loads, answers one logit per label and reports its runtime`, async () => {
    const data = await threadData(directory);
    const thread = startModelThread(data);
    assert.match((await thread.ready).runtime, /^onnxruntime-node \d/);
    const short = await thread.run("a good day 😀");
    assert.equal(short.logits.length, data.labelCount);
    assert.ok(short.runSeconds > 0 && short.tokenizeSeconds > 0 && !short.isTruncated);
    const long = await thread.run("word ".repeat(2000));
    assert.ok(long.isTruncated && long.logits.every(Number.isFinite));
    thread.close();
    assert.equal(await thread.ended, undefined);
  });
}

test("the same text gets the same logits from a second thread in the same process", async () => {
  const data = await threadData(DISTILBERT);
  const answers: number[][] = [];
  for (let life = 0; life < 2; life += 1) {
    const thread = startModelThread(data);
    await thread.ready;
    answers.push([...(await thread.run("not bad at all")).logits]);
    thread.close();
    await thread.ended;
  }
  assert.deepEqual(answers[0], answers[1]);
});

test("texts longer than the model reads get the prediction of their beginning", async () => {
  const data = await threadData(DISTILBERT);
  const thread = startModelThread(data);
  const fits = await thread.run("good ".repeat(data.limitTokens - 2));
  const longer = await thread.run(`${"good ".repeat(data.limitTokens - 2)} terrible awful`);
  assert.deepEqual([fits.isTruncated, longer.isTruncated], [false, true]);
  assert.deepEqual(longer.logits, fits.logits);
  thread.close();
  await thread.ended;
});

test("a graph that does not belong to the labels ends the thread with a reason that says so", async () => {
  const thread = startModelThread(await threadData(DISTILBERT, { labelCount: 7 }));
  await assert.rejects(thread.ready, /\[1,7\] float32 was due; id2label in config\.json and the graph/);
  assert.match(String(await thread.ended), /id2label/);
});

test("a session that throws on a text ends the thread, and every run handed over is answered with its reason", async (t) => {
  const thread = startModelThread(await threadData(unrunnableModel(t)));
  await thread.ready;
  assert.equal((await thread.run("a good day")).logits.length, 2);
  const runs = [UNRUNNABLE, "after it"].map((text) => assert.rejects(thread.run(text), /out of/));
  await Promise.all(runs);
  assert.match(String(await thread.ended), /out of/);
});

test("a file that is no graph ends the thread, and a run handed over is answered with the reason", async () => {
  const graphPath = join(tmpdir(), `blindsplit-no-graph-${Date.now()}.onnx`);
  writeFileSync(graphPath, "no graph");
  const thread = startModelThread(await threadData(DISTILBERT, { graphPath }));
  await assert.rejects(thread.run("a"), /graph|protobuf|load/i);
  await assert.rejects(thread.ready);
  await assert.rejects(thread.run("after its end"), /graph|protobuf|load/i);
});
