import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { WorkerError } from "../errors.ts";
import { DISTILBERT, ROBERTA } from "../testing/running-app.ts";
import { readModelSource, readRevision } from "./source.ts";

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
  const a = await readModelSource(DISTILBERT, "quantized", {});
  const b = await readModelSource(ROBERTA, "quantized", {});
  assert.deepEqual(new Set(a.labels.canonical), new Set(["negative", "positive"]));
  assert.deepEqual(new Set(b.labels.canonical), new Set(["negative", "neutral", "positive"]));
  assert.deepEqual([a.modelName, b.modelName], ["distilbert-mini-sst2", "roberta-mini-tweets"]);
});

test("the token limit is that of the positions, or the tokenizer's own where that is smaller", async (t) => {
  assert.equal((await readModelSource(copyModel(t), "quantized", {})).limitTokens, 128);
  const smaller = copyModel(t);
  writeFileSync(join(smaller, "tokenizer_config.json"), '{"model_max_length": 64}');
  assert.equal((await readModelSource(smaller, "quantized", {})).limitTokens, 64);
  const unlimited = copyModel(t);
  writeFileSync(join(unlimited, "tokenizer_config.json"), '{"model_max_length": 1e30}');
  assert.equal((await readModelSource(unlimited, "quantized", {})).limitTokens, 128);
});

test("a RoBERTa counts its positions from two, so two of them hold no token", async (t) => {
  const directory = copyModel(t, { model_type: "roberta", max_position_embeddings: 130, pad_token_id: 1 });
  writeFileSync(join(directory, "tokenizer_config.json"), '{"model_max_length": 512}');
  assert.equal((await readModelSource(directory, "quantized", {})).limitTokens, 128);
});

test("a missing file is named with its path and the remedy", async (t) => {
  const missing = readModelSource("/nowhere/model", "quantized", {});
  await rejectsWith(missing, "model_file_missing", /\/nowhere\/model\/\w+\.json \(ENOENT\); set model to/);
  const graph = join(copyModel(t), "onnx/model_quantized.onnx");
  await rejectsWith(readRevision(graph), "model_file_missing", /model_quantized\.onnx \(ENOENT\).*dtype/);
});

test("a file that is no JSON, or lacks what is needed, is refused with its path", async (t) => {
  const broken = copyModel(t);
  writeFileSync(join(broken, "tokenizer.json"), "{");
  await rejectsWith(readModelSource(broken, "quantized", {}), "model_unsupported", /tokenizer\.json is not/);
  const bare = copyModel(t, { id2label: undefined });
  await rejectsWith(
    readModelSource(bare, "quantized", {}),
    "model_unsupported",
    /config\.json .*id2label: is missing; add it$/,
  );
  const wrong = copyModel(t, { id2label: ["a"], max_position_embeddings: 0, model_type: 1 });
  const found =
    'model_type: 1 is no text; write one in quotes; id2label: a list is no mapping; write {"0": "NEGATIVE", ' +
    '"1": "POSITIVE"}; max_position_embeddings: 0 is too small; write more than 0';
  await assert.rejects(readModelSource(wrong, "quantized", {}), {
    message: `${join(wrong, "config.json")} is not a model file we can use: ${found}`,
  });
});

test("a model of another task is refused", async (t) => {
  const directory = copyModel(t, { problem_type: "multi_label_classification" });
  const reading = readModelSource(directory, "quantized", {});
  await rejectsWith(reading, "model_unsupported", /multi_label_classification.*single_label/);
});

test("the revision is the beginning of the graph's SHA-256", async (t) => {
  const path = join(copyModel(t), "graph");
  writeFileSync(path, "abc");
  assert.equal(await readRevision(path), "ba7816bf8f01");
});
