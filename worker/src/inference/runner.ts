import { retryable, WorkerError } from "../errors.ts";
import type { Batch, RunResult, ThreadData, ThreadFacts } from "./protocol.ts";
import { RestartBudget } from "./restart-budget.ts";
import type { ModelThread, StartThread } from "./thread.ts";

export interface RunnerEvents {
  /** A thread failed; it is being replaced unless the budget is spent. */
  onFailure(error: WorkerError, pauseMs: number | undefined): void;
  onReady(facts: ThreadFacts): void;
}

export interface RunnerLimits {
  /** Loading and warming up one thread. */
  readonly loadMs: number;
  /** One run, from handing it over to its result; two are handed over at most, so twice a run's own time. */
  readonly runMs: number;
  readonly restarts: { readonly windowMs: number; readonly limit: number; readonly firstPauseMs: number };
}

export const RUNNER_LIMITS: RunnerLimits = {
  loadMs: 120_000,
  runMs: 30_000,
  restarts: { windowMs: 60_000, limit: 3, firstPauseMs: 100 },
};

/** Keeps one inference thread alive: replaces it after an exception, gives up when that happens too often. */
export class Runner {
  /** Resolves when the process had better end: too many failures, or a run that hangs. Never rejects. */
  readonly broken: Promise<WorkerError>;
  readonly #declareBroken: (error: WorkerError) => void;
  readonly #startThread: StartThread;
  readonly #limits: RunnerLimits;
  readonly #events: RunnerEvents;
  readonly #budget: RestartBudget;
  #thread: ModelThread | undefined;
  #isReady = false;
  #isClosed = false;
  #restart: NodeJS.Timeout | undefined;

  constructor(startThread: StartThread, limits: RunnerLimits, events: RunnerEvents) {
    const broken = Promise.withResolvers<WorkerError>();
    this.broken = broken.promise;
    this.#declareBroken = broken.resolve;
    this.#startThread = startThread;
    this.#limits = limits;
    this.#events = events;
    this.#budget = new RestartBudget(limits.restarts);
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  /** The first start. Rejects with `model_load_failed`: what cannot be loaded once is not tried again. */
  async start(data: ThreadData): Promise<ThreadFacts> {
    try {
      return await this.#load(data);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new WorkerError("model_load_failed", `cannot load ${data.graphPath}: ${reason}`, { cause });
    }
  }

  /** @throws WorkerError 503 `not_ready` or `inference_failed`. */
  async run(batch: Batch): Promise<RunResult> {
    const thread = this.#thread;
    if (thread === undefined || !this.#isReady) throw retryable("not_ready", "the model is being loaded");
    const deadline = setTimeout(() => {
      // Native code cannot be interrupted and terminating the thread may abort the process: end it in order.
      this.#isReady = false;
      this.#declareBroken(
        new WorkerError("inference_broken", `a run took longer than ${this.#limits.runMs} ms; start again`),
      );
    }, this.#limits.runMs);
    deadline.unref();
    try {
      return await thread.run(batch);
    } catch (cause) {
      throw retryable("inference_failed", "the model failed while it computed this answer; try again", cause);
    } finally {
      clearTimeout(deadline);
    }
  }

  /** Lets handed-over runs finish, then ends the thread. Resolves when it is over or the deadline has passed. */
  async close(deadlineMs: number): Promise<void> {
    this.#isClosed = true;
    this.#isReady = false;
    clearTimeout(this.#restart);
    const thread = this.#thread;
    if (thread === undefined) return;
    thread.close();
    await within(thread.ended, deadlineMs).catch(() => undefined);
  }

  async #load(data: ThreadData): Promise<ThreadFacts> {
    if (this.#isClosed) throw new Error("stopped before loading");
    const thread = this.#startThread(data);
    this.#thread = thread;
    const facts = await within(thread.ready, this.#limits.loadMs);
    if (this.#isClosed) throw new Error("stopped while loading");
    this.#isReady = true;
    this.#events.onReady(facts);
    void thread.ended.then((reason) => {
      if (!this.#isClosed) this.#replace(data, reason);
    });
    return facts;
  }

  #replace(data: ThreadData, cause: unknown): void {
    this.#isReady = false;
    // One that did not load in time is still loading: it ends when it has.
    this.#thread?.close();
    this.#thread = undefined;
    const pauseMs = this.#budget.spend(performance.now());
    const { limit, windowMs } = this.#limits.restarts;
    const reason = cause instanceof Error ? cause.message : String(cause);
    this.#events.onFailure(
      // What onnxruntime says names the model's parts: that is for the log.
      retryable("inference_failed", "the model failed; try again in a moment", cause),
      pauseMs,
    );
    if (pauseMs === undefined) {
      this.#declareBroken(
        new WorkerError(
          "inference_broken",
          `the inference thread failed ${limit} times within ${windowMs / 1000} s, last with: ${reason}`,
          { cause },
        ),
      );
      return;
    }
    this.#restart = setTimeout(() => {
      this.#load(data).catch((error: unknown) => {
        if (!this.#isClosed) this.#replace(data, error);
      });
    }, pauseMs);
  }
}

/** @throws Error when `promise` takes longer than `deadlineMs`. */
async function within<T>(promise: Promise<T>, deadlineMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done within ${deadlineMs} ms`)), deadlineMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
