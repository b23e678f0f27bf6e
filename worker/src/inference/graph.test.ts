import assert from "node:assert/strict";
import { test } from "node:test";
import type { InferenceSession } from "onnxruntime-node";
import { findPorts } from "./graph.ts";

type Metadata = InferenceSession["inputMetadata"][number];
type Type = Extract<Metadata, { isTensor: true }>["type"];

const tensor = (name: string, type: Type, shape: readonly (number | string)[]): Metadata => ({
  name,
  isTensor: true,
  type,
  shape: [...shape],
});
const map = (name: string): Metadata => ({ name, isTensor: false });

function graph(inputs: readonly Metadata[], outputs: readonly Metadata[]) {
  return {
    inputNames: inputs.map(({ name }) => name),
    outputNames: outputs.map(({ name }) => name),
    inputMetadata: inputs,
    outputMetadata: outputs,
  };
}

const IDS = tensor("input_ids", "int64", ["batch", "sequence"]);
const MASK = tensor("attention_mask", "int64", ["batch", "sequence"]);
const SEGMENTS = tensor("token_type_ids", "int64", ["batch", "sequence"]);
const LOGITS = tensor("logits", "float32", ["batch", 2]);
const TEXT = tensor("text", "string", ["batch", 1]);
const WINNER = tensor("label", "int64", ["batch"]);
const PROBABILITIES = tensor("probabilities", "float32", ["batch", 2]);

test("a transformer takes some of the three inputs, and answers logits", () => {
  for (const inputs of [[IDS], [IDS, MASK], [MASK, SEGMENTS, IDS]]) {
    assert.deepEqual(findPorts(graph(inputs, [LOGITS]), "tokens", 2), {
      inputs: inputs.map(({ name }) => name),
      output: "logits",
      inputRank: 2,
    });
  }
});

test("the logits are taken by their name, whatever else the graph answers", () => {
  const outputs = [tensor("last_hidden_state", "float32", ["batch", "sequence", 384]), LOGITS, PROBABILITIES];
  assert.equal(findPorts(graph([IDS], outputs), "tokens", 2).output, "logits");
});

test("without logits it is the one float tensor of the right width", () => {
  const outputs = [WINNER, tensor("embedding", "float32", ["batch", 384]), PROBABILITIES];
  assert.equal(findPorts(graph([TEXT], outputs), "text", 2).output, "probabilities");
  const value = tensor("variable", "float32", ["batch", 1]);
  assert.equal(findPorts(graph([TEXT], [value]), "text", 1).output, "variable");
  const free = tensor("variable", "float32", ["batch", "width"]);
  assert.equal(findPorts(graph([TEXT], [free]), "text", 3).output, "variable");
});

test("a graph that takes the text has one input of strings, of one or two dimensions", () => {
  assert.deepEqual(findPorts(graph([TEXT], [PROBABILITIES]), "text", 2), {
    inputs: ["text"],
    output: "probabilities",
    inputRank: 2,
  });
  const flat = tensor("text", "string", ["batch"]);
  assert.equal(findPorts(graph([flat], [PROBABILITIES]), "text", 2).inputRank, 1);
});

const REFUSED: readonly (readonly [string, Metadata[], Metadata[], "tokens" | "text", RegExp])[] = [
  [
    "an input that we do not know",
    [IDS, tensor("pixel_values", "float32", ["batch", 3, 224, 224])],
    [LOGITS],
    "tokens",
    /takes input_ids \(int64 \[batch,sequence\]\), pixel_values \(float32 \[batch,3,224,224\]\); needed: at most input_ids, attention_mask, token_type_ids$/,
  ],
  [
    "a graph without token ids",
    [MASK],
    [LOGITS],
    "tokens",
    /takes attention_mask .*needed: at most input_ids/,
  ],
  [
    "a graph of texts where tokens were to be given",
    [TEXT],
    [LOGITS],
    "tokens",
    /takes text \(string \[batch,1\]\); .*; it takes texts: set input: text$/,
  ],
  [
    "a graph of tokens where texts were to be given",
    [IDS, MASK],
    [LOGITS],
    "text",
    /takes input_ids .*; needed for input: text: one tensor of strings$/,
  ],
  [
    "a graph of float features",
    [tensor("X", "float32", ["batch", 30])],
    [LOGITS],
    "text",
    /takes X \(float32/,
  ],
  [
    "two inputs of strings",
    [TEXT, tensor("title", "string", ["batch", 1])],
    [LOGITS],
    "text",
    /one tensor of strings/,
  ],
  [
    "an answer that is no tensor",
    [TEXT],
    [WINNER, map("probabilities")],
    "text",
    /answers label \(int64 \[batch\]\), probabilities \(no tensor\); needed: logits, or one float tensor with 2 number\(s\) for each text$/,
  ],
  [
    "an answer of another width",
    [TEXT],
    [tensor("p", "float32", ["batch", 5])],
    "text",
    /answers p .*with 2 number/,
  ],
  [
    "two answers that may be meant",
    [TEXT],
    [PROBABILITIES, tensor("scores", "float32", ["batch", 2])],
    "text",
    /answers probabilities .*, scores .*one float tensor/,
  ],
];
for (const [flaw, inputs, outputs, kind, pattern] of REFUSED) {
  test(`${flaw} is refused, naming what is there and what is needed`, () => {
    assert.throws(() => findPorts(graph(inputs, outputs), kind, 2), pattern);
  });
}
