import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { CommandError } from "../../../worker/evaluation/command-error.ts";
import { createTokenizer } from "../../../worker/src/model/tokenizer.ts";
import { isFullSize } from "../../support/full-size.ts";

/** A model directory that all contestants load. */
export interface Model {
  readonly name: string;
  readonly folder: string;
  readonly graph: string;
  readonly graphBytes: number;
  /** `model_type` of its config.json, such as `distilbert`. */
  readonly type: string;
  /** In lower case, in the order of the logits. */
  readonly labels: readonly string[];
  readonly padId: number;
  readonly isFullSize: boolean;
  /** The same in float32, which PyTorch's answers can be compared with; undefined where it is missing. */
  readonly floatGraph: string | undefined;
  /** Whether PyTorch's weights lie beside the graph. */
  readonly hasWeights: boolean;
}

const GRAPH = "onnx/model_quantized.onnx";
const FLOAT_GRAPH = "onnx/model.onnx";
const WEIGHTS = ["model.safetensors", "pytorch_model.bin"];
const LIMIT_TOKENS = 512;

export function readModel(folder: string): Model {
  const graph = join(folder, GRAPH);
  if (!existsSync(graph)) throw new CommandError("no_model", `${graph} is missing: name a model directory`);
  const graphBytes = statSync(graph).size;
  const floatGraph = join(folder, FLOAT_GRAPH);
  const config = readJson(join(folder, "config.json")) as {
    model_type: string;
    id2label: Record<string, string>;
    pad_token_id?: number | null;
  };
  return {
    name: basename(folder),
    folder,
    graph,
    graphBytes,
    type: config.model_type,
    labels: Object.values(config.id2label).map((label) => label.toLowerCase()),
    padId: config.pad_token_id ?? 0,
    isFullSize: isFullSize(graphBytes),
    floatGraph: existsSync(floatGraph) ? floatGraph : undefined,
    hasWeights: WEIGHTS.some((file) => existsSync(join(folder, file))),
  };
}

/** Token ids of each text, those of the model's template included. */
export function tokenize(model: Model, texts: readonly string[]): readonly (readonly number[])[] {
  const read = (file: string) => readJson(join(model.folder, file)) as object;
  const { prefix, suffix, encode } = createTokenizer(read("tokenizer.json"), read("tokenizer_config.json"));
  const room = LIMIT_TOKENS - prefix.length - suffix.length;
  return texts.map((text) => [...prefix, ...encode(text).slice(0, room), ...suffix]);
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    throw new CommandError("no_model", `cannot read ${path}: ${String(cause)}`, { cause });
  }
}
