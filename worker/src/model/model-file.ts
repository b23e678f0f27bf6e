import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import * as z from "zod";
import { codeOf } from "../error-code.ts";
import { WorkerError } from "../errors.ts";
import { wording } from "../messages.ts";

/** What names the weights that really answer. */
export interface GraphFile {
  /** SHA-256 of the graph file, in hexadecimal. */
  readonly sha256: string;
  readonly bytes: number;
}

/** @throws WorkerError `model_file_missing`. */
export async function readGraphFile(graphPath: string): Promise<GraphFile> {
  const hash = createHash("sha256");
  try {
    const { size } = await stat(graphPath);
    await pipeline(createReadStream(graphPath), hash);
    return { sha256: hash.digest("hex"), bytes: size };
  } catch (cause) {
    throw unreadable(graphPath, cause);
  }
}

/**
 * Reads a JSON file of a model.
 * @throws WorkerError `model_file_missing` or `model_unsupported`.
 */
export async function readJson<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
): Promise<z.infer<Schema>> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw unreadable(path, cause);
  }
  try {
    return schema.parse(JSON.parse(text), { error: wording('{"0": "NEGATIVE", "1": "POSITIVE"}') });
  } catch (cause) {
    const reason = cause instanceof z.ZodError ? cause.issues.map(describe).join("; ") : String(cause);
    throw new WorkerError("model_unsupported", `${path} is not a model file we can use: ${reason}`, {
      cause,
    });
  }
}

function describe({ path, message }: z.core.$ZodIssue): string {
  return path.length === 0 ? message : `${path.join(".")}: ${message}`;
}

function unreadable(path: string, cause: unknown): WorkerError {
  const hint = /tokenizer\w*\.json$/.test(path)
    ? "; a graph that takes the text itself needs none: set input: text"
    : "";
  return new WorkerError(
    "model_file_missing",
    `cannot read the model file ${path} (${codeOf(cause)}); set model to a directory in the transformers.js layout ` +
      `(config.json, tokenizer.json, tokenizer_config.json, onnx/) and dtype to a file it has${hint}`,
    { cause },
  );
}
