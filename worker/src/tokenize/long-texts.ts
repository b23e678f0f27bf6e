import { Worker } from "node:worker_threads";
import { retryable, WorkerError } from "../errors.ts";
import { FairQueue } from "../inference/fair-queue.ts";
import { Pace } from "../inference/pace.ts";
import type { FromTokenizer, TokenizerThreadData, ToTokenizer } from "./thread-protocol.ts";
import type { Tokenized } from "./tokenizing.ts";

/**
 * Characters that may wait; one request is taken however long it is. The library needs some 2 µs for a usual
 * character and up to 20 for a contrived one.
 */
const LIMIT_CHARACTERS = 1_000_000;

interface Entry {
  readonly text: string;
  /** In characters. */
  readonly cost: number;
  readonly request: Request;
  readonly index: number;
}

interface Request {
  readonly results: Tokenized[];
  remaining: number;
  resolve(results: Tokenized[]): void;
  reject(reason: unknown): void;
}

const ENTRY = new URL("./thread-entry.ts", import.meta.url);

/**
 * Splits texts in a thread of its own, one at a time and fairly between requests. The thread starts with the first
 * such text, because it holds a second copy of the vocabulary and many a worker never needs it.
 */
export class LongTexts {
  readonly #data: TokenizerThreadData;
  readonly #entry: URL;
  readonly #onFailure: (cause: unknown) => void;
  readonly #queue = new FairQueue<Entry>();
  readonly #pace = new Pace();
  #isClosed = false;
  #worker: Worker | undefined;
  #current: Entry | undefined;

  /**
   * @param onFailure told when the thread died; the next long text starts another one.
   * @param entry another file that speaks the same protocol, for tests of failures.
   */
  constructor(data: TokenizerThreadData, onFailure: (cause: unknown) => void, entry: URL = ENTRY) {
    this.#data = data;
    this.#onFailure = onFailure;
    this.#entry = entry;
  }

  /** Texts that wait to be split. */
  get depth(): number {
    return this.#queue.depth;
  }

  /** @throws WorkerError `queue_full`, `text_overlong`, `text_unprocessable`, `inference_failed`; the signal's reason. */
  encode(texts: readonly string[], signal: AbortSignal): Promise<Tokenized[]> {
    if (signal.aborted) return Promise.reject(signal.reason);
    if (this.#isClosed) return Promise.reject(stopping());
    const cost = texts.reduce((sum, text) => sum + text.length, 0);
    if (this.#queue.depth > 0 && this.#queue.cost + cost > LIMIT_CHARACTERS) {
      const afterSeconds = this.#pace.retryAfterSeconds(this.#queue.cost);
      const message = "too many long texts wait to be split; try again";
      return Promise.reject(retryable("queue_full", message, undefined, afterSeconds));
    }
    const { promise, resolve, reject } = Promise.withResolvers<Tokenized[]>();
    const request: Request = { results: [], remaining: texts.length, resolve, reject };
    this.#queue.add(texts.map((text, index) => ({ text, cost: text.length, request, index })));
    const onAbort = () => this.#fail(request, signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    this.#next();
    return promise.finally(() => signal.removeEventListener("abort", onAbort));
  }

  /** Whoever waits is told that the worker stops. */
  close(): void {
    this.#isClosed = true;
    this.#failAll(stopping());
    this.#worker?.postMessage({ type: "close" } satisfies ToTokenizer);
    this.#worker = undefined;
  }

  #next(): void {
    if (this.#current !== undefined || this.#queue.depth === 0) return;
    const [entry] = this.#queue.take([0]);
    this.#current = entry;
    if (entry === undefined) return;
    this.#worker ??= this.#start();
    this.#worker.postMessage({ type: "encode", text: entry.text } satisfies ToTokenizer);
  }

  #start(): Worker {
    const worker = new Worker(this.#entry, { workerData: this.#data, name: "tokenizer" });
    worker.on("message", (message: FromTokenizer) => this.#answer(message));
    let cause: unknown;
    worker.on("error", (error) => {
      cause = error;
    });
    worker.on("exit", () => {
      if (this.#worker !== worker) return;
      this.#worker = undefined;
      this.#onFailure(cause);
      // With the next long text another thread is started: what failed is told to those who waited, not retried.
      this.#failAll(retryable("inference_failed", "the tokenizer thread failed; try again", cause));
      this.#current = undefined;
    });
    // A stop does not wait for a text that nobody waits for any more. Last, because a listener of messages refs it again.
    worker.unref();
    return worker;
  }

  #answer(message: FromTokenizer): void {
    const entry = this.#current;
    this.#current = undefined;
    if (entry !== undefined) {
      const { request } = entry;
      if (message.type === "encoded") {
        this.#pace.observe(entry.cost, message.tokenizeSeconds);
        request.results[entry.index] = { ...message.encoded, tokenizeSeconds: message.tokenizeSeconds };
        request.remaining -= 1;
        if (request.remaining === 0) request.resolve(request.results);
      } else if (message.type === "overlong") {
        this.#fail(request, new WorkerError("text_overlong", message.message));
      } else {
        const text = "a text cannot be split into tokens";
        this.#fail(request, new WorkerError("text_unprocessable", text, { cause: message.reason }));
      }
    }
    this.#next();
  }

  #fail(request: Request, reason: unknown): void {
    this.#queue.remove((entry) => entry.request === request);
    request.reject(reason);
  }

  #failAll(error: WorkerError): void {
    this.#current?.request.reject(error);
    this.#queue.remove((entry) => {
      entry.request.reject(error);
      return true;
    });
  }
}

function stopping(): WorkerError {
  return retryable("stopping", "the worker is stopping");
}
