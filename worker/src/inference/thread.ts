import { env } from "node:process";
import { SHARE_ENV, Worker } from "node:worker_threads";
import type { Batch, FromThread, RunResult, ThreadData, ThreadFacts, ToThread } from "./protocol.ts";

/** One life of the inference thread, seen from the main side. */
export interface ModelThread {
  /** Resolves when the graph is loaded and warm; rejects when the thread ends before. */
  readonly ready: Promise<ThreadFacts>;
  /** Resolves when the thread is over: with the reason, or with undefined after `close`. Never rejects. */
  readonly ended: Promise<Error | undefined>;
  /** Rejects with the reason when the thread ends first. */
  run(batch: Batch): Promise<RunResult>;
  /** Lets the runs already handed over finish, then ends the thread. */
  close(): void;
}

export type StartThread = (data: ThreadData) => ModelThread;

interface Waiting {
  resolve(result: RunResult): void;
  reject(reason: Error): void;
}

const ENTRY = new URL("./thread-entry.ts", import.meta.url);

/** @param entry another file that speaks the same protocol; tests use it to make threads that fail. */
export function startModelThread(data: ThreadData, entry: URL = ENTRY): ModelThread {
  // The one use of `process` outside main.ts. onnxruntime 1.29 and later sends telemetry by default. It is loaded
  // nowhere but in this thread, and asks the C environment, which this assignment reaches (checked with gdb) and a
  // thread's copy would not. Here, so that it also holds for tests and for programs that embed the app.
  env.ORT_DISABLE_TELEMETRY = "1";
  const worker = new Worker(entry, { workerData: data, env: SHARE_ENV, name: "inference" });
  const waiting = new Map<number, Waiting>();
  const ready = Promise.withResolvers<ThreadFacts>();
  const ended = Promise.withResolvers<Error | undefined>();
  // `ready` may reject while nobody looks (a thread that dies before its owner awaits it).
  ready.promise.catch(() => {});
  let nextId = 0;
  let isClosing = false;
  let failure: Error | undefined;
  /** Why the thread is over; a message to it would never be answered. */
  let over: Error | undefined;

  worker.on("message", (message: FromThread) => {
    if (message.type === "ready") {
      ready.resolve({ runtime: message.runtime });
      return;
    }
    const run = waiting.get(message.id);
    waiting.delete(message.id);
    run?.resolve(message);
  });
  worker.on("error", (error) => {
    failure = error instanceof Error ? error : new Error(String(error));
  });
  // `exit` comes last, after `error` and after every message: only then is the thread over.
  worker.on("exit", (exitCode) => {
    const reason = failure ?? new Error(`the inference thread ended with exit code ${exitCode}`);
    over = reason;
    ready.reject(reason);
    for (const run of waiting.values()) run.reject(reason);
    waiting.clear();
    ended.resolve(isClosing && failure === undefined ? undefined : reason);
  });

  const post = (message: ToThread) => worker.postMessage(message);

  return {
    ready: ready.promise,
    ended: ended.promise,
    run(batch) {
      if (over !== undefined) return Promise.reject(over);
      const id = nextId++;
      const { promise, resolve, reject } = Promise.withResolvers<RunResult>();
      waiting.set(id, { resolve, reject });
      post({ type: "run", id, batch });
      return promise;
    },
    close() {
      isClosing = true;
      post({ type: "close" });
    },
  };
}
