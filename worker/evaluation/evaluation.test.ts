import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { createEndpoint } from "./endpoint.ts";
import { evaluate, loadRows } from "./evaluation.ts";
import { type StandinWorkerOptions, startStandinWorker } from "./standin/worker.ts";

const THREE = "label\ttext\nnegative\tbad one\nnegative\tgood trap\nneutral\tplain\npositive\tgood one\n";

async function setUp(t: TestContext, options: StandinWorkerOptions, content = THREE) {
  const folder = await mkdtemp(join(tmpdir(), "evaluation-"));
  t.after(() => rm(folder, { recursive: true }));
  const data = join(folder, "data.tsv");
  await writeFile(data, content);
  const worker = await startStandinWorker(options);
  t.after(worker.stop);
  return {
    data,
    worker,
    run: async () => {
      const options = { data, limit: undefined, concurrency: 1 };
      return (await evaluate(createEndpoint(worker.url), options)).evaluation;
    },
  };
}

const byWord = (text: string) => (text.includes("good") ? "positive" : "negative");

test("a two-label model on three-label data is scored on all texts and on those it can know", async (t) => {
  const { run } = await setUp(t, { answer: byWord });
  const { scores, missingLabels } = await run();
  assert.deepEqual(missingLabels, ["neutral"]);
  assert.equal(scores?.all.texts, 4);
  assert.equal(scores?.all.accuracy, 0.5);
  // Recalls 1/2, 0 and 1.
  assert.equal(scores?.all.macroRecall, 0.5);
  assert.equal(scores?.knownLabels?.texts, 3);
  assert.equal(scores?.knownLabels?.accuracy, 2 / 3);
  assert.equal(scores?.knownLabels?.macroRecall, 0.75);
  assert.deepEqual(scores?.knownLabels?.confusion, {
    labels: ["negative", "positive"],
    counts: [
      [1, 1],
      [0, 1],
    ],
  });
});

test("a three-label model on two-label data has one set of figures, its extra label counted as wrong", async (t) => {
  const labels = ["negative", "neutral", "positive"];
  const { run } = await setUp(t, { labels, answer: () => "neutral" }, "negative\ta\npositive\tb");
  const { scores, missingLabels } = await run();
  assert.deepEqual(missingLabels, []);
  assert.equal(scores?.knownLabels, null);
  assert.equal(scores?.all.accuracy, 0);
  assert.equal(scores?.all.classes[1]?.predicted, 2);
});

test("the mean inference is of this evaluation, whatever the worker had counted before", async (t) => {
  const { run, worker } = await setUp(t, { answer: byWord, inferenceSeconds: 0.0625 });
  await createEndpoint(worker.url).predict("from before", "text-classification");
  const { inference, roundTrip } = await run();
  assert.equal(inference?.count, 4);
  assert.ok(Math.abs((inference?.mean ?? 0) - 0.0625) < 1e-12);
  assert.equal(roundTrip?.count, 4);
});

test("texts go out one at a time in the order of the file", async (t) => {
  const { run, worker } = await setUp(t, { answer: byWord });
  await run();
  assert.deepEqual(worker.texts, ["bad one", "good trap", "plain", "good one"]);
});

test("a text without a prediction is counted by reason and stays out of the figures", async (t) => {
  const { run } = await setUp(t, { answer: (text) => (text === "plain" ? { status: 422 } : byWord(text)) });
  const evaluation = await run();
  assert.equal(evaluation.failed, 1);
  assert.equal(evaluation.answered, 3);
  assert.deepEqual(evaluation.failures, { "HTTP 422": 1 });
  assert.equal(evaluation.scores?.all.texts, 3);
});

test("a full queue is waited for", async (t) => {
  const busy = { status: 429, headers: { "retry-after": "0" } };
  const { run } = await setUp(t, { answer: (text, call) => (call % 2 === 0 ? busy : byWord(text)) });
  const evaluation = await run();
  assert.equal(evaluation.failed, 0);
  assert.equal(evaluation.retries, 4);
});

test("a server that does not list its labels is scored on those of the data and of its answers", async (t) => {
  const { run } = await setUp(t, { describesItself: false, answer: byWord });
  const { scores, missingLabels, inference, worker } = await run();
  assert.equal(worker.labels, null);
  assert.deepEqual(missingLabels, []);
  assert.deepEqual(scores?.all.confusion.labels, ["negative", "neutral", "positive"]);
  assert.equal(inference, null);
});

test("a regression is scored by its errors, on numbers before the tab", async (t) => {
  const { run, worker } = await setUp(
    t,
    { task: "text-regression", labels: [], answer: (text) => ({ body: { score: text.length } }) },
    "number\ttext\n3\tgood\n1.5\tb\n",
  );
  const { scores, regression, data, answered } = await run();
  assert.equal(scores, null);
  assert.deepEqual([answered, data.labels, worker.texts], [2, {}, ["good", "b"]]);
  assert.deepEqual([regression?.mae, regression?.rmse], [0.75, Math.sqrt(0.625)]);
});

test("a label where a number is due is found before anything is sent", async (t) => {
  const { run, worker } = await setUp(
    t,
    { task: "text-regression", labels: [], answer: () => ({ body: { score: 1 } }) },
    "3\tgood\npositive\tb\n",
  );
  await assert.rejects(run(), { code: "data_number_malformed" });
  assert.deepEqual(worker.texts, []);
});

test("a mistake in the file is found before the worker is asked for anything", async (t) => {
  const { run, worker } = await setUp(t, { answer: byWord }, "negative\ta\nno tab");
  await worker.stop();
  await assert.rejects(run(), { code: "data_malformed" });
});

test("a file that is not there, and a folder, are named with what was wrong", async () => {
  await assert.rejects(
    loadRows("/nowhere/x.tsv", undefined),
    /cannot read \/nowhere\/x\.tsv \(ENOENT\): check the path/,
  );
  await assert.rejects(loadRows(tmpdir(), undefined), /\(EISDIR\)/);
});
