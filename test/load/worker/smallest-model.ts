import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { attribute, constant, float, input, int64, model, node, output } from "./onnx-bytes.ts";

/**
 * The same process as with a model, threads, libraries and tokenizer included, but for the weights: a graph of a few
 * hundred bytes whose two logits are the mean of the token ids.
 * @param like the model whose tokenizer it takes.
 * @returns its directory.
 */
export function writeSmallestModel(like: string, folder: string): string {
  const directory = join(folder, "smallest-model");
  mkdirSync(join(directory, "onnx"), { recursive: true });
  for (const file of ["tokenizer.json", "tokenizer_config.json"])
    cpSync(join(like, file), join(directory, file));
  const config = {
    model_type: "smallest",
    id2label: { 0: "negative", 1: "positive" },
    max_position_embeddings: 512,
  };
  writeFileSync(join(directory, "config.json"), JSON.stringify(config));
  const shape = ["batch", "length"];
  const bytes = model(
    "smallest",
    constant("pair", [1, 2]),
    node("Add", ["input_ids", "attention_mask"], "ids"),
    node("Cast", ["ids"], "numbers", [attribute("to", float)]),
    node("ReduceMean", ["numbers"], "mean", [attribute("axes", [1])]),
    node("Expand", ["mean", "pair"], "logits"),
    input("input_ids", int64, shape),
    input("attention_mask", int64, shape),
    output("logits", float, ["batch", 2]),
  );
  writeFileSync(join(directory, "onnx/model_quantized.onnx"), bytes);
  return directory;
}
