/** Messages between the main thread and the inference thread. */

import type { InputKind } from "../settings.ts";

/** Handed to the thread at its start. Paths, not contents: a thread that replaces another reads them again. */
export interface ThreadData {
  readonly graphPath: string;
  readonly input: InputKind;
  /** intra-op threads of onnxruntime. */
  readonly threads: number;
  /** onnxruntime's name of the execution provider. */
  readonly provider: string;
  /** Numbers that the graph answers for one sequence: one per label, or one. */
  readonly outputs: number;
  /** What fills shorter sequences up to the longest of a batch. */
  readonly padId: number;
  /** Shapes to run once before the thread is ready: [sequences, tokens]. */
  readonly warmUp: readonly (readonly [number, number])[];
}

export type ToThread = RunMessage | { readonly type: "close" };

export interface RunMessage {
  readonly type: "run";
  readonly id: number;
  readonly batch: Batch;
}

/** What one run computes. */
export type Batch = TokenBatch | TextBatch;

export interface TokenBatch {
  readonly kind: "tokens";
  /** The token ids of all sequences, one behind the other, without padding. */
  readonly ids: Int32Array;
  /** Tokens of each sequence. */
  readonly lengths: readonly number[];
}

/** For graphs that take the text itself. */
export interface TextBatch {
  readonly kind: "text";
  readonly texts: readonly string[];
}

export type FromThread = ReadyMessage | ResultMessage;

export interface ReadyMessage extends ThreadFacts {
  readonly type: "ready";
}

export interface ResultMessage extends RunResult {
  readonly type: "result";
  readonly id: number;
}

export interface ThreadFacts {
  /** Such as `onnxruntime-node 1.30.0`. */
  readonly runtime: string;
}

export interface RunResult {
  /** Shape [sequences][outputs], row by row. */
  readonly rows: Float32Array;
  /** Wall time of the model run alone, measured in the thread. */
  readonly runSeconds: number;
}
