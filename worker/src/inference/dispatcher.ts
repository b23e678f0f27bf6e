import { WorkerError } from "../errors.ts";
import type { BatchLimits } from "./batch.ts";
import { toBatch } from "./batch-input.ts";
import type { Answered } from "./engine.ts";
import { Pace } from "./pace.ts";
import type { Batch, RunResult } from "./protocol.ts";
import type { DropReason, EngineRecord } from "./record.ts";
import type { Classifier, Entry, RequestInWork, RowResult } from "./request.ts";
import { WaitingRoom } from "./waiting.ts";

export interface DispatcherParts {
  readonly classifier: Classifier;
  readonly runner: { readonly isReady: boolean; run(batch: Batch): Promise<RunResult> };
  readonly record: EngineRecord;
  readonly batch: BatchLimits & { readonly maxDelayMs: number };
  /** Most sequences that may wait, and most tokens. */
  readonly limitSequences: number;
  readonly limitTokens: number;
}

/**
 * Handed over to the thread at most: one batch runs, and the next is there when it ends, but only if it could not
 * grow. What the thread has cannot be taken back, and what is chosen late is chosen better.
 */
const HANDED_OVER_LIMIT = 2;

/** Lets admitted requests wait, hands batches to the inference thread, and gathers the answers. */
export class Dispatcher {
  readonly pace = new Pace();
  readonly #parts: DispatcherParts;
  readonly #room: WaitingRoom<Entry>;
  #handedOver = 0;
  #delay: NodeJS.Timeout | undefined;
  #delayIsOver = false;

  constructor(parts: DispatcherParts) {
    this.#parts = parts;
    const { limitSequences, limitTokens } = parts;
    this.#room = new WaitingRoom({ ...parts.batch, limitSequences, limitTokens });
  }

  /** Sequences that wait; those handed to the thread are not among them. */
  get depth(): number {
    return this.#room.depth;
  }

  get depthTokens(): number {
    return this.#room.tokens;
  }

  /** @returns whether there was room; if not, nothing of the request was taken. */
  admit(request: RequestInWork, tokens: number): boolean {
    const entries = request.texts.flatMap((text) => text.entries);
    if (!this.#room.admit(entries, tokens)) return false;
    this.#handOver();
    return true;
  }

  /** Answers a request with an error and takes what of it still waits out of the queue. */
  fail(request: RequestInWork, error: unknown, reason: DropReason): void {
    this.#room.remove((entry) => entry.text.request === request);
    if (this.#room.depth === 0) this.#endDelay();
    const dropped = request.fail(error);
    if (dropped > 0 && !request.isShadow) this.#parts.record.dropped(reason, dropped);
  }

  /** Whether something of the request has not been handed to the thread. */
  isWaiting(request: RequestInWork): boolean {
    return this.#room.some((entry) => entry.text.request === request);
  }

  /** Answers everything that waits with `error`; what the thread already has is not touched. */
  dropWaiting(error: WorkerError, reason: DropReason): void {
    let dropped = 0;
    this.#room.remove((entry) => {
      const { request } = entry.text;
      const failed = request.fail(error);
      if (!request.isShadow) dropped += failed;
      return true;
    });
    this.#endDelay();
    this.#parts.record.dropped(reason, dropped);
  }

  #handOver(): void {
    while (this.#parts.runner.isReady && this.#mayHandOver()) {
      const entries = this.#room.takeBatch();
      if (entries.length === 0) return;
      this.#endDelay();
      this.#handedOver += 1;
      void this.#compute(entries).finally(() => {
        this.#handedOver -= 1;
        this.#handOver();
      });
    }
  }

  #mayHandOver(): boolean {
    if (this.#room.depth === 0) return false;
    if (this.#handedOver > 0) return this.#handedOver < HANDED_OVER_LIMIT && this.#room.hasFullBatch();
    const { maxDelayMs } = this.#parts.batch;
    if (maxDelayMs === 0 || this.#delayIsOver || this.#room.hasFullBatch()) return true;
    this.#delay ??= setTimeout(() => {
      this.#delay = undefined;
      this.#delayIsOver = true;
      this.#handOver();
    }, maxDelayMs);
    return false;
  }

  /** Those who waited are served or gone: whoever comes next has a delay of their own. */
  #endDelay(): void {
    clearTimeout(this.#delay);
    this.#delay = undefined;
    this.#delayIsOver = false;
  }

  /** Never rejects: its outcome goes to the requests. */
  async #compute(entries: readonly Entry[]): Promise<void> {
    const { record, runner } = this.#parts;
    let result: RunResult;
    try {
      result = await runner.run(toBatch(entries));
    } catch (error) {
      for (const { text } of entries) this.fail(text.request, error, "inference_failed");
      return;
    }
    const { rows, runSeconds } = result;
    const width = rows.length / entries.length;
    const tokens = entries.reduce((sum, { cost }) => sum + cost, 0);
    const paddedTokens = entries.length * Math.max(...entries.map(({ cost }) => cost));
    record.ran({ sequences: entries.length, tokens, paddingTokens: paddedTokens - tokens, runSeconds });
    this.pace.observe(tokens, runSeconds);
    for (const [at, entry] of entries.entries()) {
      this.#receive(entry, {
        row: rows.subarray(at * width, (at + 1) * width),
        run: result,
        batchSize: entries.length,
      });
    }
  }

  #receive(entry: Entry, result: RowResult): void {
    const { classifier, record } = this.#parts;
    const { text } = entry;
    // Its caller has been told already; the run's other rows are somebody else's.
    if (text.request.isSettled) return;
    let answered: Answered | undefined;
    try {
      answered = text.receive(entry, result, classifier);
    } catch (cause) {
      // Not worth a retry, and no sign of a sick worker: the same text gets the same numbers again.
      const error = new WorkerError("text_unprocessable", "the model has no usable answer to a text", {
        cause,
      });
      this.fail(text.request, error, "text_unprocessable");
      return;
    }
    if (answered === undefined) return;
    const { inferenceSeconds, queueSeconds, prediction } = answered;
    // A shadow that shares a run with callers' texts has their time: it would count that run twice.
    if (!text.request.isShadow) {
      record.encoded(text.tokenized);
      record.computed({ inferenceSeconds, queueSeconds, score: prediction.score });
    }
    text.request.answer(text, answered);
  }
}
