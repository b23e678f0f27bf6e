import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { WorkerOptions } from "../options.ts";
import { loadModel, RATING_FOREST, SENTIMENT_FOREST, TEXT } from "../testing/bundled-model.ts";
import { isCode } from "../testing/is-code.ts";
import { DISTILBERT, ROBERTA, testOptions } from "../testing/running-app.ts";
import { stayAlive } from "../testing/stay-alive.ts";
import { buildEngine, threadDataOf } from "./build.ts";
import type { Batch } from "./protocol.ts";
import type { EngineRecord } from "./record.ts";

const IGNORED: EngineRecord = {
  encoded: () => {},
  computed: () => {},
  ran: () => {},
  dropped: () => {},
  lookedUp: () => {},
};

type Loading = ReturnType<typeof loadModel>;

/** An engine of that model, whose runs answer that row for every text. */
async function build(
  t: TestContext,
  loading: Loading,
  row: readonly number[],
  options: Partial<WorkerOptions> = {},
) {
  stayAlive(t);
  const batches: Batch[] = [];
  const runner = {
    isReady: true,
    async run(batch: Batch) {
      batches.push(batch);
      const texts = batch.kind === "text" ? batch.texts : batch.lengths;
      return { rows: Float32Array.from(texts.flatMap(() => row)), runSeconds: 0.001 };
    },
  };
  const { source } = await loading;
  const { engine, tokenizing } = await buildEngine(source, testOptions(options), {
    runner,
    record: IGNORED,
    onTokenizerFailure: () => assert.fail(),
  });
  t.after(() => tokenizing.close());
  const call = { signal: new AbortController().signal, timeoutMs: undefined };
  return { batches, predict: (...texts: string[]) => engine.predict(texts, call) };
}

test("the thread is told one output per label, or one, and the model's own padding", async () => {
  const [distilbert, roberta] = [(await loadModel(DISTILBERT)).data, (await loadModel(ROBERTA)).data];
  assert.deepEqual([distilbert.outputs, distilbert.padId, distilbert.input], [2, 0, "tokens"]);
  assert.deepEqual([roberta.outputs, roberta.padId], [3, 1]);
  const regression = (await loadModel(RATING_FOREST, { ...TEXT, task: "text-regression" })).data;
  assert.deepEqual([regression.outputs, regression.input], [1, "text"]);
});

test("warm is what will come: a short text, a full batch, and a text as long as the model reads", async () => {
  const { source } = await loadModel(DISTILBERT);
  const shapes = (maxTexts: number, maxTokens: number) =>
    threadDataOf(source, testOptions({ batch: { maxTexts, maxTokens, maxDelayMs: 0 } })).warmUp;
  const [short, long] = [
    [1, 16],
    [1, 512],
  ];
  assert.deepEqual(shapes(8, 512), [short, [8, 64], long]);
  assert.deepEqual(shapes(1, 100_000), [short, [1, 512], long], "never more than the model reads");
  assert.deepEqual(shapes(64, 10), [short, [64, 1], long], "never nothing");
  const text = (await loadModel(SENTIMENT_FOREST, TEXT)).data;
  assert.ok(text.warmUp.every(([, tokens]) => tokens === 1));
});

test("a transformer's logits become probabilities", async (t) => {
  const { batches, predict } = await build(t, loadModel(DISTILBERT), [0, 1]);
  const [answered] = await predict("good");
  assert.deepEqual(answered?.prediction, {
    label: "positive",
    score: 0.731059,
    scores: [0.268941, 0.731059],
  });
  assert.equal(answered.tokens, 3);
  assert.equal(batches[0]?.kind, "tokens");
});

test("of a graph that takes the text itself the probabilities are its own", async (t) => {
  const { batches, predict } = await build(t, loadModel(SENTIMENT_FOREST, TEXT), [0.25, 0.75]);
  const [answered] = await predict("  good  ");
  assert.deepEqual(answered?.prediction, { label: "positive", score: 0.75, scores: [0.25, 0.75] });
  assert.equal(answered.tokens, 0);
  assert.deepEqual(batches, [{ kind: "text", texts: ["  good  "] }]);
});

test("a regression's number is its answer, without a label", async (t) => {
  const { predict } = await build(t, loadModel(RATING_FOREST, { ...TEXT, task: "text-regression" }), [4.25]);
  assert.deepEqual((await predict("good"))[0]?.prediction, { label: undefined, score: 4.25, scores: [] });
});

test("a text longer than the model reads is cut, refused or judged in windows, as the setting says", async (t) => {
  const long = "good ".repeat(1200);
  const answer = async (overlong: WorkerOptions["overlong"]) =>
    (await (await build(t, loadModel(DISTILBERT), [0, 1], { overlong })).predict(long))[0];
  const cut = await answer("truncate");
  assert.deepEqual([cut?.isTruncated, cut?.windows, cut?.tokens], [true, 1, 512]);
  const windows = await answer("window");
  assert.deepEqual([windows?.isTruncated, windows?.windows, windows?.tokens], [false, 3, 1206]);
  await assert.rejects(answer("reject"), isCode("text_overlong"));
});

test("answers are kept where that is set, and only there", async (t) => {
  const kept = await build(t, loadModel(DISTILBERT), [0, 1], { answerCache: 10 });
  for (let time = 0; time < 2; time += 1) await kept.predict("good");
  assert.equal(kept.batches.length, 1);
  const plain = await build(t, loadModel(DISTILBERT), [0, 1]);
  for (let time = 0; time < 2; time += 1) await plain.predict("good");
  assert.equal(plain.batches.length, 2);
});

test("a tokenizer that cannot be read is named", async () => {
  const { source } = await loadModel(DISTILBERT);
  const surroundings = {
    runner: { isReady: true, run: () => Promise.reject(new Error()) },
    record: IGNORED,
    onTokenizerFailure: () => assert.fail(),
  };
  const building = buildEngine({ ...source, directory: "/nowhere" }, testOptions(), surroundings);
  await assert.rejects(building, isCode("model_file_missing"));
});
