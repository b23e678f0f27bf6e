import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CommandError } from "../../../worker/evaluation/command-error.ts";
import { constant, graph, int64, node, output } from "./onnx-bytes.ts";

/** The graph throws: it has no embedding for this word. */
export const THROWS = "unrunnable";
/** The graph ends the process with SIGFPE, in native code of the inference thread. */
export const ABORTS = "deadly";

const NO_EMBEDDING = 1_000_000;
const GRAPH = "onnx/model_quantized.onnx";
const SMALLEST = -(2n ** 63n);

interface WordPiece {
  readonly model: { readonly type: string; readonly vocab: Record<string, number> };
}

/**
 * A real model that answers as before but for two words, so that the product needs no hook to fail. For the second,
 * nodes are appended whose result nobody asks for and which run all the same: the smallest whole number ÷ (id − the
 * word's id − 1), which for that id is ÷ −1, does not fit, and makes the processor trap. onnxruntime checks a divisor
 * for 0 only.
 * @param like a model with a WordPiece tokenizer. @returns the directory of the copy.
 */
export function writePoisonedModel(like: string, folder: string): string {
  const directory = join(folder, "poisoned-model");
  cpSync(like, directory, { recursive: true });
  const path = join(directory, "tokenizer.json");
  const definition = JSON.parse(readFileSync(path, "utf8")) as WordPiece;
  const { type, vocab } = definition.model;
  if (type !== "WordPiece")
    throw new CommandError(
      "model_unusable",
      `${like} has a ${type} tokenizer; give --model one with WordPiece`,
    );
  // A word takes the place of one that no text here holds: it needs an id that has an embedding.
  const [victim, deadlyId] = Object.entries(vocab).at(-1) ?? ["", 0];
  delete vocab[victim];
  vocab[THROWS] = NO_EMBEDDING;
  vocab[ABORTS] = deadlyId;
  writeFileSync(path, JSON.stringify(definition));
  const trap = graph(
    constant("trap at", [deadlyId + 1]),
    constant("trap dividend", [SMALLEST]),
    node("Sub", ["input_ids", "trap at"], "trap divisor"),
    node("Div", ["trap dividend", "trap divisor"], "trap"),
    output("trap", int64, ["batch", "length"]),
  );
  writeFileSync(join(directory, GRAPH), Buffer.concat([readFileSync(join(like, GRAPH)), trap]));
  return directory;
}
