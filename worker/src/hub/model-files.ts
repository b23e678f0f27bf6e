import { type Dtype, GRAPH_FILES } from "../model/source.ts";
import type { InputKind } from "../settings.ts";

/** The files of a repository that a worker needs. */
export interface ModelFiles {
  readonly files: readonly string[];
  /** Fetched if the repository has them. */
  readonly optionalFiles: readonly string[];
}

/** @param input a graph that takes the text itself has no tokenizer. */
export function modelFiles(dtype: Dtype, input: InputKind): ModelFiles {
  const graph = GRAPH_FILES[dtype];
  const tokenizer = input === "tokens" ? ["tokenizer.json", "tokenizer_config.json"] : [];
  return {
    files: ["config.json", ...tokenizer, graph],
    // Weights of a graph above 2 GB stand beside it; the baseline is what drift is measured against.
    optionalFiles: [`${graph}_data`, "baseline.json"],
  };
}
