import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { WorkerError } from "../errors.ts";
import { DISTILBERT, ROBERTA } from "../testing/running-app.ts";
import { type ModelChoice, readModelSource } from "./source.ts";

const CHOICE: ModelChoice = {
  dtype: "quantized",
  task: "text-classification",
  input: "tokens",
  labels: {},
  maxTokens: 512,
};
const REGRESSION: ModelChoice = { ...CHOICE, task: "text-regression" };

/** A copy of the bundled model without its graph; `changes` replaces keys of config.json. */
function copyModel(t: TestContext, changes: object = {}): string {
  const directory = mkdtempSync(join(tmpdir(), "blindsplit-model-"));
  t.after(() => rmSync(directory, { recursive: true }));
  for (const file of ["tokenizer.json", "tokenizer_config.json"]) {
    cpSync(join(DISTILBERT, file), join(directory, file));
  }
  const config = {
    model_type: "distilbert",
    id2label: { "0": "NEGATIVE", "1": "POSITIVE" },
    max_position_embeddings: 128,
    pad_token_id: 0,
    ...changes,
  };
  writeFileSync(join(directory, "config.json"), JSON.stringify(config));
  return directory;
}

const rejectsWith = (promise: Promise<unknown>, code: string, pattern: RegExp) =>
  assert.rejects(promise, (error) => {
    assert.ok(error instanceof WorkerError);
    assert.equal(error.code, code);
    assert.match(error.message, pattern);
    return true;
  });

test("the bundled models are a binary one and one with three labels", async () => {
  const a = await readModelSource(DISTILBERT, CHOICE);
  const b = await readModelSource(ROBERTA, CHOICE);
  assert.deepEqual(new Set(a.labels.canonical), new Set(["negative", "positive"]));
  assert.deepEqual(new Set(b.labels.canonical), new Set(["negative", "neutral", "positive"]));
  assert.deepEqual([a.modelName, b.modelName], ["distilbert-mini-sst2", "roberta-mini-tweets"]);
});

test("the token limit is that of the positions, or the tokenizer's own where that is smaller", async (t) => {
  assert.equal((await readModelSource(copyModel(t), CHOICE)).limitTokens, 128);
  const smaller = copyModel(t);
  writeFileSync(join(smaller, "tokenizer_config.json"), '{"model_max_length": 64}');
  assert.equal((await readModelSource(smaller, CHOICE)).limitTokens, 64);
  const unlimited = copyModel(t);
  writeFileSync(join(unlimited, "tokenizer_config.json"), '{"model_max_length": 1e30}');
  assert.equal((await readModelSource(unlimited, CHOICE)).limitTokens, 128);
});

test("a RoBERTa counts its positions from two, so two of them hold no token", async (t) => {
  const directory = copyModel(t, { model_type: "roberta", max_position_embeddings: 130, pad_token_id: 1 });
  writeFileSync(join(directory, "tokenizer_config.json"), '{"model_max_length": 512}');
  assert.equal((await readModelSource(directory, CHOICE)).limitTokens, 128);
});

test("positions of which none is said are refused, unless the graph takes the text itself", async (t) => {
  const directory = copyModel(t, { max_position_embeddings: undefined });
  assert.equal((await readModelSource(directory, CHOICE)).limitTokens, 512, "the tokenizer's own");
  writeFileSync(join(directory, "tokenizer_config.json"), '{"model_max_length": 1e30}');
  const found = /config\.json: max_position_embeddings is missing; add it, or set input: text$/;
  await rejectsWith(readModelSource(directory, CHOICE), "model_unsupported", found);
  assert.equal((await readModelSource(directory, { ...CHOICE, input: "text" })).limitTokens, undefined);
});

test("of a model that takes the text itself no tokenizer is read", async (t) => {
  const directory = copyModel(t);
  for (const file of ["tokenizer.json", "tokenizer_config.json"]) rmSync(join(directory, file));
  const source = await readModelSource(directory, { ...CHOICE, input: "text" });
  assert.deepEqual([source.input, source.limitTokens], ["text", undefined]);
  assert.deepEqual(source.labels.canonical, ["negative", "positive"]);
});

test("the token that fills a batch is the model's own, or the first one where none is said", async (t) => {
  assert.equal((await readModelSource(ROBERTA, CHOICE)).padId, 1);
  assert.equal((await readModelSource(copyModel(t, { pad_token_id: null }), CHOICE)).padId, 0);
});

test("the graph is the file of its dtype, and a name can be given", async (t) => {
  const directory = copyModel(t);
  const source = await readModelSource(directory, { ...CHOICE, dtype: "fp32" }, "Xenova/something");
  assert.equal(source.graphPath, join(directory, "onnx/model.onnx"));
  assert.equal(source.modelName, "Xenova/something");
});

test("a missing file is named with its path and the remedy", async () => {
  const missing = readModelSource("/nowhere/model", CHOICE);
  await rejectsWith(missing, "model_file_missing", /\/nowhere\/model\/\w+\.json \(ENOENT\); set model to/);
});

test("a file that is no JSON, or lacks what is needed, is refused with its path", async (t) => {
  const broken = copyModel(t);
  writeFileSync(join(broken, "tokenizer.json"), "{");
  await rejectsWith(readModelSource(broken, CHOICE), "model_unsupported", /tokenizer\.json is not/);
  const wrong = copyModel(t, { id2label: ["a"], max_position_embeddings: 0, model_type: 1 });
  const found =
    'model_type: 1 is no text; write one in quotes; id2label: a list is no mapping; write {"0": "NEGATIVE", ' +
    '"1": "POSITIVE"}; max_position_embeddings: 0 is too small; write more than 0';
  await assert.rejects(readModelSource(wrong, CHOICE), {
    message: `${join(wrong, "config.json")} is not a model file we can use: ${found}`,
  });
});

test("where config.json names no labels, they are transformers' own two", async (t) => {
  const { labels } = await readModelSource(copyModel(t, { id2label: undefined }), CHOICE);
  assert.deepEqual(labels.raw, ["LABEL_0", "LABEL_1"]);
});

test("a model is given no more tokens than it reads, and no more than it shall be", async (t) => {
  assert.equal((await readModelSource(copyModel(t), { ...CHOICE, maxTokens: 100 })).limitTokens, 100);
  assert.equal((await readModelSource(copyModel(t), { ...CHOICE, maxTokens: 4096 })).limitTokens, 128);
});

test("a model that counts positions in the older way is read", async (t) => {
  const directory = copyModel(t, { max_position_embeddings: undefined, n_positions: 64 });
  assert.equal((await readModelSource(directory, CHOICE)).limitTokens, 64);
});

test("labels for a regression are refused, which has none", async (t) => {
  const directory = copyModel(t, { id2label: { "0": "LABEL_0" } });
  const choice = { ...REGRESSION, labels: { LABEL_0: "rating" } };
  await rejectsWith(readModelSource(directory, choice), "model_unsupported", /a regression has no labels/);
});

const SINGLE = { "0": "LABEL_0" };

test("a regression has no labels, whether its problem type or its single label says so", async (t) => {
  for (const changes of [{ problem_type: "regression", id2label: undefined }, { id2label: SINGLE }]) {
    const source = await readModelSource(copyModel(t, changes), REGRESSION);
    assert.deepEqual([source.task, source.labels.canonical], ["text-regression", []]);
  }
});

const MISMATCHES: readonly (readonly [string, object, ModelChoice, RegExp])[] = [
  [
    "a model of several labels at once",
    { problem_type: "multi_label_classification" },
    CHOICE,
    /problem_type is "multi_label_classification", and task is text-classification; .*single_label_classification$/,
  ],
  [
    "a regression as a classification",
    { problem_type: "regression" },
    CHOICE,
    /config\.json: problem_type is "regression", and task is text-classification; set task: text-regression$/,
  ],
  [
    "a single label as a classification",
    { id2label: SINGLE },
    CHOICE,
    /1 label\(s\), .*; set task: text-regression$/,
  ],
  [
    "a classification as a regression",
    {},
    REGRESSION,
    /id2label has 2 label\(s\), and task is text-regression; set task: text-classification/,
  ],
  [
    "a declared classification as a regression",
    { problem_type: "single_label_classification", id2label: SINGLE },
    REGRESSION,
    /problem_type is "single_label_classification".*set task: text-classification/,
  ],
];
for (const [flaw, changes, choice, pattern] of MISMATCHES) {
  test(`${flaw} is refused with the remedy`, async (t) => {
    await rejectsWith(readModelSource(copyModel(t, changes), choice), "model_unsupported", pattern);
  });
}
