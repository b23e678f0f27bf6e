/** Messages between the main thread and the inference thread. */

/** Handed to the thread at its start. Paths, not contents: a thread that replaces another reads them again. */
export interface ThreadData {
  readonly modelDirectory: string;
  readonly graphPath: string;
  /** Longest sequence the model reads, in tokens. */
  readonly limitTokens: number;
  /** intra-op threads of onnxruntime. */
  readonly threads: number;
  /** The graph must answer with this many logits. */
  readonly labelCount: number;
}

export type ToThread = RunMessage | { readonly type: "close" };

export interface RunMessage {
  readonly type: "run";
  readonly id: number;
  readonly text: string;
}

export type FromThread = ReadyMessage | ResultMessage | RefusedMessage;

export interface ReadyMessage extends ThreadFacts {
  readonly type: "ready";
}

export interface ResultMessage extends RunResult {
  readonly type: "result";
  readonly id: number;
}

/** This text cannot be split into tokens; the thread is well. */
export interface RefusedMessage {
  readonly type: "refused";
  readonly id: number;
  readonly reason: string;
}

export interface ThreadFacts {
  /** Such as `onnxruntime-node 1.30.0`. */
  readonly runtime: string;
}

export interface RunResult {
  /** Shape [labels]; its memory moved here from the thread. */
  readonly logits: Float32Array<ArrayBuffer>;
  /** Wall time of the model run alone, measured in the thread. */
  readonly runSeconds: number;
  readonly tokenizeSeconds: number;
  /** Whether the text was longer than the model reads. */
  readonly isTruncated: boolean;
}
