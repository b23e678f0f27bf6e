import type { IncomingHttpHeaders } from "node:http";
import { PREDICTION_HEADER, type Prediction, readPrediction } from "../outcomes/prediction.ts";

/** Longer bodies are not kept: a prediction of one text is far shorter. */
const KEPT_BYTES = 16 * 1024;

/**
 * Finds out what an answer predicted: by the worker's own header, else, as other services have none, by the field
 * `label` of a short JSON body.
 */
export class AnswerReader {
  readonly #said: Prediction | undefined;
  #chunks: Buffer[] | undefined;
  #bytes = 0;

  constructor(headers: IncomingHttpHeaders) {
    const said = headers[PREDICTION_HEADER];
    this.#said = typeof said === "string" ? readPrediction(said) : undefined;
    const mayHold = this.#said === undefined && isPlainJson(headers);
    this.#chunks = mayHold ? [] : undefined;
  }

  /** A piece of the body; only kept where it is needed. */
  read(chunk: Buffer): void {
    if (this.#chunks === undefined) return;
    this.#bytes += chunk.length;
    if (this.#bytes > KEPT_BYTES) this.#chunks = undefined;
    else this.#chunks.push(chunk);
  }

  /** When the answer is whole; undefined where it says no single prediction. */
  prediction(): Prediction | undefined {
    return this.#said ?? (this.#chunks && readBody(Buffer.concat(this.#chunks)));
  }
}

function isPlainJson(headers: IncomingHttpHeaders): boolean {
  const coding = headers["content-encoding"];
  if (coding !== undefined && !/^\s*(identity)?\s*$/i.test(coding)) return false;
  return /^application\/(?:[\w.+-]+\+)?json\b/i.test(headers["content-type"] ?? "");
}

function readBody(body: Buffer): Prediction | undefined {
  let read: unknown;
  try {
    read = JSON.parse(body.toString());
  } catch {
    return undefined;
  }
  if (typeof read !== "object" || read === null || !("label" in read)) return undefined;
  const { label } = read;
  if (typeof label !== "string" || label === "") return undefined;
  const score = "score" in read && typeof read.score === "number" ? read.score : Number.NaN;
  return { label: label.toLowerCase(), score };
}
