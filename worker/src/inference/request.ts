import { type OutputKind, type Prediction, toPrediction } from "../model/prediction.ts";
import type { Sequence } from "../tokenize/encoded.ts";
import type { Tokenized } from "../tokenize/tokenizing.ts";
import type { Answered } from "./engine.ts";

/** How the numbers of a graph become predictions. */
export interface Classifier {
  readonly kind: OutputKind;
  /** Canonical labels in the order of the numbers; empty for a regression. */
  readonly labels: readonly string[];
}

/** One row of a batch to be. */
export interface Entry {
  readonly sequence: Sequence;
  /** Tokens; 1 where the graph takes the text itself. */
  readonly cost: number;
  readonly text: TextInWork;
  /** Which window of the text it is. */
  readonly window: number;
}

/** What a run says of one entry. */
export interface RowResult {
  readonly row: Float32Array;
  /** The same object for every row of a run: two windows in one run took its time once. */
  readonly run: { readonly runSeconds: number };
  readonly batchSize: number;
}

/** One text of a request, until all its windows are computed. */
export class TextInWork {
  readonly request: RequestInWork;
  readonly entries: readonly Entry[];
  readonly tokenized: Tokenized;
  readonly #rows: Float32Array[] = [];
  #remaining: number;
  #lastRun: RowResult["run"] | undefined;
  #runSeconds = 0;
  #batchSize = 0;

  constructor(request: RequestInWork, tokenized: Tokenized) {
    this.request = request;
    this.tokenized = tokenized;
    this.#remaining = tokenized.sequences.length;
    this.entries = tokenized.sequences.map((sequence, window) => ({
      sequence,
      cost: typeof sequence === "string" ? 1 : sequence.length,
      text: this,
      window,
    }));
  }

  /**
   * @returns the answer when this was the last window.
   * @throws RangeError when the numbers make no prediction.
   */
  receive(entry: Entry, result: RowResult, classifier: Classifier): Answered | undefined {
    this.#rows[entry.window] = result.row;
    if (result.run !== this.#lastRun) this.#runSeconds += result.run.runSeconds;
    this.#lastRun = result.run;
    this.#batchSize = Math.max(this.#batchSize, result.batchSize);
    this.#remaining -= 1;
    if (this.#remaining > 0) return undefined;
    const prediction: Prediction = toPrediction(this.#rows, classifier.kind, classifier.labels);
    const waitedSeconds = (performance.now() - this.request.startedAtMs) / 1000;
    return {
      prediction,
      tokens: this.tokenized.tokens,
      isTruncated: this.tokenized.isTruncated,
      windows: this.entries.length,
      isCached: false,
      tokenizeSeconds: this.tokenized.tokenizeSeconds,
      // All waiting, wherever it was: for the tokenizer, here, in the thread's mailbox, and on the way back.
      queueSeconds: Math.max(0, waitedSeconds - this.tokenized.tokenizeSeconds - this.#runSeconds),
      inferenceSeconds: this.#runSeconds,
      batchSize: this.#batchSize,
    };
  }
}

/** The texts of one caller that are computed: they are answered together or not at all. */
export class RequestInWork {
  readonly texts: readonly TextInWork[];
  /** When its caller asked for it. */
  readonly startedAtMs: number;
  readonly isShadow: boolean;
  readonly promise: Promise<Answered[]>;
  readonly #answers = new Map<TextInWork, Answered>();
  readonly #resolve: (answers: Answered[]) => void;
  readonly #reject: (reason: unknown) => void;
  #isSettled = false;

  constructor(tokenized: readonly Tokenized[], startedAtMs: number, isShadow = false) {
    const { promise, resolve, reject } = Promise.withResolvers<Answered[]>();
    this.promise = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    this.startedAtMs = startedAtMs;
    this.isShadow = isShadow;
    this.texts = tokenized.map((text) => new TextInWork(this, text));
  }

  get isSettled(): boolean {
    return this.#isSettled;
  }

  answer(text: TextInWork, answered: Answered): void {
    this.#answers.set(text, answered);
    if (this.#answers.size < this.texts.length || this.#isSettled) return;
    this.#isSettled = true;
    this.#resolve(this.texts.flatMap((each) => this.#answers.get(each) ?? []));
  }

  /** @returns how many of its texts get no answer by this. */
  fail(reason: unknown): number {
    if (this.#isSettled) return 0;
    this.#isSettled = true;
    this.#reject(reason);
    return this.texts.length - this.#answers.size;
  }
}
