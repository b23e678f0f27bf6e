import assert from "node:assert/strict";
import { env } from "node:process";
import { before, type TestContext, test } from "node:test";
import { sentencesByTone } from "../../../test/support/sentences.ts";
import { toPrediction } from "../model/prediction.ts";
import {
  type LoadedModel,
  loadModel,
  RATING_FOREST,
  SENTIMENT_FOREST,
  TEXT,
} from "../testing/bundled-model.ts";
import { DISTILBERT, ROBERTA } from "../testing/running-app.ts";
import type { ThreadData } from "./protocol.ts";
import type { Session } from "./session.ts";

let openSession: (data: ThreadData) => Promise<Session>;

before(async () => {
  // Before onnxruntime is loaded, which asks for it once.
  env.ORT_DISABLE_TELEMETRY = "1";
  ({ openSession } = await import("./session.ts"));
});

async function open(t: TestContext, loading: Promise<LoadedModel>, changes: Partial<ThreadData> = {}) {
  const model = await loading;
  const session = await openSession({ ...model.data, ...changes });
  t.after(() => session.release());
  return { ...model, session };
}

const { positive, negative } = sentencesByTone;
/** Texts of ten to sixty tokens, one praising, the next complaining: a row that went to a neighbour would show. */
const TEXTS = [
  ...positive.slice(0, 6).flatMap((text, at) => [text, negative[at] ?? ""]),
  positive.slice(0, 4).join(" "),
];

for (const directory of [DISTILBERT, ROBERTA]) {
  const name = directory.split("/").at(-1);

  test(`${name}: every row of a batch is of its own text, and little different from the text's own run`, async (t) => {
    const { session, batchOf, data, source } = await open(t, loadModel(directory));
    const { rows } = await session.run(batchOf(...TEXTS));
    assert.equal(rows.length, TEXTS.length * data.outputs);
    const differences: number[] = [];
    for (const [at, text] of TEXTS.entries()) {
      const alone = toPrediction(
        [(await session.run(batchOf(text))).rows],
        "logits",
        source.labels.canonical,
      );
      const row = rows.subarray(at * data.outputs, (at + 1) * data.outputs);
      const together = toPrediction([row], "logits", source.labels.canonical);
      differences.push(
        Math.max(...alone.scores.map((score, label) => Math.abs(score - (together.scores[label] ?? 2)))),
      );
    }
    const mean = differences.reduce((sum, difference) => sum + difference, 0) / differences.length;
    t.diagnostic(
      `difference of a score: mean ${mean.toFixed(4)}, largest ${Math.max(...differences).toFixed(4)}`,
    );
    // Dynamic int8 takes its scale from all of a batch; a row that went to another text would differ by far more.
    assert.ok(mean < 0.1, `scores differ by ${mean} in the mean`);
  });

  test(`${name}: one text a run is answered alike to the last bit, whatever ran before`, async (t) => {
    const { session, batchOf } = await open(t, loadModel(directory));
    const texts = [TEXTS[0] ?? "", TEXTS.join(" "), "ok", TEXTS[1] ?? ""];
    const run = async (text: string) => [...(await session.run(batchOf(text))).rows];
    const fresh = new Map<string, number[]>();
    for (const text of texts) fresh.set(text, await run(text));
    await session.run(batchOf(...TEXTS));
    for (const text of texts.toReversed())
      assert.deepEqual(await run(text), fresh.get(text), text.slice(0, 40));
  });
}

test("what is answered stays as it is when the next batch runs", async (t) => {
  const { session, batchOf } = await open(t, loadModel(DISTILBERT));
  const { rows } = await session.run(batchOf("wonderful", "awful"));
  const kept = [...rows];
  await session.run(batchOf("awful", "wonderful"));
  assert.deepEqual([...rows], kept);
});

test("a graph of strings answers probabilities for each text, and the same alone as in a batch", async (t) => {
  const { session, batchOf, data, source } = await open(t, loadModel(SENTIMENT_FOREST, TEXT));
  const { rows } = await session.run(batchOf(...TEXTS, "", "😀"));
  assert.equal(rows.length, (TEXTS.length + 2) * data.outputs);
  for (const [at, text] of TEXTS.entries()) {
    const row = rows.subarray(at * data.outputs, (at + 1) * data.outputs);
    assert.ok(Math.abs(row.reduce((sum, probability) => sum + probability, 0) - 1) < 1e-5);
    assert.deepEqual([...(await session.run(batchOf(text))).rows], [...row]);
  }
  const labelOf = async (text: string) =>
    toPrediction([(await session.run(batchOf(text))).rows], "probabilities", source.labels.canonical).label;
  assert.equal(await labelOf("wonderful, great and lovely, the best film"), "positive");
  assert.equal(await labelOf("terrible, boring and bad, the worst film"), "negative");
});

test("a regression answers one number for each text", async (t) => {
  const { session, batchOf } = await open(t, loadModel(RATING_FOREST, { ...TEXT, task: "text-regression" }));
  const { rows } = await session.run(batchOf("wonderful, great and lovely", "terrible, boring and bad"));
  assert.equal(rows.length, 2);
  assert.ok((rows[0] ?? 0) > (rows[1] ?? 0), `${rows}`);
});

test("a graph that answers something else is refused at its first run, with both shapes", async (t) => {
  const { session, batchOf } = await open(t, loadModel(DISTILBERT), { outputs: 7 });
  await assert.rejects(
    session.run(batchOf("a", "b")),
    /answered float32 of shape \[2,2\] where float32 of shape \[2,7\] was due; id2label in config\.json, the setting task and the graph/,
  );
});

test("a graph that takes tokens is refused where texts are set, and the other way round", async () => {
  const tokens = await loadModel(DISTILBERT);
  await assert.rejects(
    openSession({ ...tokens.data, input: "text" }),
    /takes input_ids .*one tensor of strings/,
  );
  const text = await loadModel(SENTIMENT_FOREST, TEXT);
  await assert.rejects(
    openSession({ ...text.data, input: "tokens" }),
    /\(string .*it takes texts: set input: text/,
  );
});

test("a provider that this build does not have is refused with those that it has", async () => {
  const { data } = await loadModel(DISTILBERT);
  await assert.rejects(
    openSession({ ...data, provider: "abacus" }),
    /^Error: this build of onnxruntime has no provider "abacus"; it has cpu.*: set provider to one of them$/,
  );
});

test("the runtime is named with its version", async (t) => {
  const { session } = await open(t, loadModel(DISTILBERT));
  assert.match(session.runtime, /^onnxruntime-node \d+\.\d+\.\d+$/);
});
