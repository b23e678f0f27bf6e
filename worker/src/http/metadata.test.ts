import assert from "node:assert/strict";
import { test } from "node:test";
import * as z from "zod";
import { testOptions } from "../testing/running-app.ts";
import { describeWorker, type LoadedModel, metadataSchema } from "./metadata.ts";

const SHA256 = "0123456789abcdef".repeat(4);

const loaded = (source: Partial<LoadedModel["source"]> = {}): LoadedModel => ({
  source: {
    directory: "/models/mini",
    modelName: "mini",
    modelType: "distilbert",
    dtype: "quantized",
    task: "text-classification",
    input: "tokens",
    graphPath: "/models/mini/onnx/model_quantized.onnx",
    labels: { canonical: ["negative", "positive"], raw: ["NEGATIVE", "POSITIVE"] },
    limitTokens: 512,
    padId: 0,
    ...source,
  },
  graph: { sha256: SHA256, bytes: 123 },
  commit: undefined,
  hasBaseline: true,
  runtime: "onnxruntime-node 1.30.0",
});

test("metadata is what its schema says, names the graph in full and no path of this machine", () => {
  const metadata = describeWorker(testOptions(), loaded(), "v26.10.0");
  assert.deepEqual(metadataSchema.parse(metadata), metadata);
  assert.equal(metadata.model.sha256, SHA256);
  assert.ok(
    metadata.model.sha256.startsWith(metadata.model.revision) && metadata.model.revision.length === 12,
  );
  assert.deepEqual(metadata.model.raw_labels, ["NEGATIVE", "POSITIVE"]);
  assert.equal(metadata.model.hub, null);
  assert.doesNotMatch(JSON.stringify(metadata), /\/models/);
  assert.deepEqual(metadata.versions, {
    blindsplit: metadata.versions.blindsplit,
    node: "v26.10.0",
    runtime: "onnxruntime-node 1.30.0",
    tokenizers: metadata.versions.tokenizers,
  });
  for (const version of [metadata.versions.blindsplit, metadata.versions.tokenizers])
    assert.match(version, /^\d+\.\d+\.\d+$/);
});

test("times are in seconds, and max_texts is what the queue can ever hold", () => {
  const options = testOptions({
    maxQueue: 8,
    maxTexts: 128,
    requestTimeoutMs: 1500,
    batch: { maxTexts: 4, maxTokens: 256, maxDelayMs: 2 },
  });
  const { limits, batch } = describeWorker(options, loaded(), undefined);
  assert.equal(limits.max_texts, 8);
  assert.equal(limits.request_timeout_seconds, 1.5);
  assert.deepEqual(batch, { max_size: 4, max_tokens: 256, max_delay_seconds: 0.002 });
});

test("a model of the hub says its id, what was asked for and the commit that came", () => {
  const model = { kind: "hub", id: "owner/name", revision: "main" } as const;
  const commit = "c".repeat(40);
  const { hub } = describeWorker(testOptions({ model }), { ...loaded(), commit }, undefined).model;
  assert.deepEqual(hub, { id: "owner/name", revision: "main", commit });
});

test("a graph that takes the text itself has no longest sequence, a regression no labels", () => {
  const source = {
    task: "text-regression",
    input: "text",
    limitTokens: undefined,
    labels: { canonical: [], raw: [] },
  } as const;
  const { model } = describeWorker(testOptions(), loaded(source), undefined);
  assert.deepEqual(
    [model.max_tokens, model.labels, model.task, model.input],
    [null, [], "text-regression", "text"],
  );
});

test("the schema can be written as JSON Schema, every field required", () => {
  const schema = z.toJSONSchema(metadataSchema);
  assert.deepEqual(schema.required, Object.keys(schema.properties ?? {}));
});
