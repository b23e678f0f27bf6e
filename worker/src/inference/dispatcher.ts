import { retryable, WorkerError } from "../errors.ts";
import { type Prediction, toPrediction } from "../model/prediction.ts";
import type { RunResult } from "./protocol.ts";
import { BoundedQueue } from "./queue.ts";

/** Why an entry left the queue without being computed. A closed set: it is a metric label. */
export const DROP_REASONS = [
  "caller_gone",
  "deadline",
  "inference_failed",
  "text_unprocessable",
  "stopping",
] as const;
export type DropReason = (typeof DROP_REASONS)[number];

/** What the dispatcher tells the metrics; times in seconds. */
export interface DispatchRecord {
  inference(seconds: number): void;
  tokenized(seconds: number): void;
  queued(seconds: number): void;
  confidence(score: number): void;
  truncated(): void;
  dropped(reason: DropReason, count: number): void;
}

export interface DispatcherParts {
  readonly labels: readonly string[];
  readonly runner: { readonly isReady: boolean; run(text: string): Promise<RunResult> };
  readonly record: DispatchRecord;
  /** Most entries that may wait. */
  readonly limitEntries: number;
  /** An entry that waited longer is answered with 503 instead of being computed for nobody. */
  readonly deadlineMs: number;
}

interface Entry {
  readonly text: string;
  /** Position in the caller's list. */
  readonly index: number;
  readonly admittedAtMs: number;
  readonly request: Request;
}

/** The entries of one caller: they are answered together or not at all. */
interface Request {
  readonly predictions: Prediction[];
  remaining: number;
  entries: readonly Entry[];
  resolve(predictions: Prediction[]): void;
  reject(reason: unknown): void;
}

/**
 * Handed over to the thread at most: one runs, the next is there when it ends. More would be computed even
 * when their callers have gone, because what the thread has cannot be taken back.
 */
const HANDED_OVER_LIMIT = 2;

/** Admits texts, lets them wait, hands them to the inference thread one run each, and gathers the answers. */
export class Dispatcher {
  readonly #parts: DispatcherParts;
  readonly #queue: BoundedQueue<Entry>;
  #handedOver = 0;

  constructor(parts: DispatcherParts) {
    this.#parts = parts;
    this.#queue = new BoundedQueue(parts.limitEntries);
  }

  /** Entries that wait; those handed to the thread are not among them. */
  get depth(): number {
    return this.#queue.depth;
  }

  /**
   * @param signal aborted when the caller leaves: what of its entries still waits is dropped at once.
   * @returns one prediction per text, in order.
   * @throws WorkerError `queue_full`, `not_ready`, `inference_failed`, `queue_deadline`, `text_unprocessable`.
   */
  predict(texts: readonly string[], signal: AbortSignal): Promise<Prediction[]> {
    const { promise, resolve, reject } = Promise.withResolvers<Prediction[]>();
    const request: Request = { predictions: [], remaining: texts.length, entries: [], resolve, reject };
    const admittedAtMs = performance.now();
    request.entries = texts.map((text, index) => ({ text, index, admittedAtMs, request }));
    if (signal.aborted) reject(signal.reason);
    else if (!this.#parts.runner.isReady) {
      reject(retryable("not_ready", "the model is being loaded; try again in a moment"));
    } else if (!this.#queue.admit(request.entries)) {
      // No depth and no limit: the fuller queue is the slower variant's, and callers must not learn which they got.
      reject(retryable("queue_full", `the queue has no room for ${texts.length} text(s); try again`));
    } else {
      signal.addEventListener("abort", () => this.#fail(request, signal.reason, "caller_gone"), {
        once: true,
      });
      this.#handOver();
    }
    return promise;
  }

  /** Answers everything that waits with `error`; what the thread already has is not touched. */
  dropWaiting(error: WorkerError, reason: DropReason): void {
    const entries = this.#queue.drain();
    this.#parts.record.dropped(reason, entries.length);
    for (const entry of entries) entry.request.reject(error);
  }

  #handOver(): void {
    while (this.#handedOver < HANDED_OVER_LIMIT && this.#parts.runner.isReady) {
      const entry = this.#queue.take();
      if (entry === undefined) return;
      if (this.#isLate(entry)) continue;
      this.#handedOver += 1;
      void this.#compute(entry).finally(() => {
        this.#handedOver -= 1;
        this.#handOver();
      });
    }
  }

  /** Refuses an entry whose caller has waited too long. */
  #isLate(entry: Entry): boolean {
    const { deadlineMs, record } = this.#parts;
    if (performance.now() - entry.admittedAtMs <= deadlineMs) return false;
    record.dropped("deadline", 1);
    const error = retryable("queue_deadline", `the text waited longer than ${deadlineMs} ms; try again`);
    this.#fail(entry.request, error, "deadline");
    return true;
  }

  /** Never rejects: its outcome goes to the request. */
  async #compute(entry: Entry): Promise<void> {
    const { labels, record, runner } = this.#parts;
    const { request } = entry;
    try {
      const { logits, runSeconds, tokenizeSeconds, isTruncated } = await runner.run(entry.text);
      const totalSeconds = (performance.now() - entry.admittedAtMs) / 1000;
      record.inference(runSeconds);
      record.tokenized(tokenizeSeconds);
      // All waiting, wherever it was: here, in the thread's mailbox, and on the way back.
      record.queued(Math.max(0, totalSeconds - runSeconds - tokenizeSeconds));
      if (isTruncated) record.truncated();
      const prediction = toPrediction(logits, labels);
      record.confidence(prediction.score);
      request.predictions[entry.index] = prediction;
      request.remaining -= 1;
      if (request.remaining === 0) request.resolve(request.predictions);
    } catch (error) {
      const isRefused = error instanceof WorkerError && error.code === "text_unprocessable";
      this.#fail(request, error, isRefused ? "text_unprocessable" : "inference_failed");
    }
  }

  /** One failed text fails its request: the caller gets one answer, and the rest is not computed for nobody. */
  #fail(request: Request, reason: unknown, dropReason: DropReason): void {
    const dropped = request.entries.filter((entry) => this.#queue.remove(entry));
    this.#parts.record.dropped(dropReason, dropped.length);
    request.reject(reason);
  }
}
