import type { Batch, RunResult, ThreadFacts } from "../inference/protocol.ts";
import type { ModelThread, StartThread } from "../inference/thread.ts";

/** A run the test has not answered yet. */
export interface HeldRun {
  readonly batch: Batch;
  /** Of what is in the batch: its texts, or its numbers of tokens. */
  readonly contents: readonly (string | number)[];
  /** @param rows one row of numbers per sequence; default: the second of two labels wins, everywhere. */
  answer(rows?: readonly (readonly number[])[]): void;
}

export interface FakeThreads {
  readonly start: StartThread;
  /** Runs that wait for the test, oldest first. */
  readonly held: HeldRun[];
  /** Contents of all batches in the order in which they were handed over. */
  readonly seen: (string | number)[];
  /** How many threads were started. */
  starts(): number;
  /** Which of them were told to close, by their number from 1. */
  readonly closed: number[];
  /** Makes the current thread ready that was held by `isReady`. */
  becomeReady(): void;
  /** Ends the current thread as an exception would. */
  crash(reason?: string): void;
  /** Resolves when at least `count` runs are held. */
  untilHeld(count: number): Promise<void>;
}

export const FAKE_RUN_SECONDS = 0.25;

/**
 * Threads whose every run waits until the test answers it, so that no test depends on timing.
 * @param settings `isReady`: whether the thread of that number, from 1, is ready at once; default: each is.
 */
export function fakeThreads(settings: { isReady?: (thread: number) => boolean } = {}): FakeThreads {
  const held: HeldRun[] = [];
  const seen: (string | number)[] = [];
  const watchers = new Set<() => void>();
  const closed: number[] = [];
  let started = 0;
  let makeCurrentReady = () => {};
  let crashCurrent: (reason: string) => void = () => {};

  const start = (): ModelThread => {
    started += 1;
    const number = started;
    const ready = Promise.withResolvers<ThreadFacts>();
    const ended = Promise.withResolvers<Error | undefined>();
    ready.promise.catch(() => {});
    makeCurrentReady = () => ready.resolve({ runtime: "fake 1" });
    if (settings.isReady?.(number) ?? true) makeCurrentReady();
    const rejections = new Set<(reason: Error) => void>();
    crashCurrent = (reason) => {
      const error = new Error(reason);
      held.length = 0;
      for (const reject of rejections) reject(error);
      ended.resolve(error);
    };
    return {
      ready: ready.promise,
      ended: ended.promise,
      run(batch) {
        const { promise, resolve, reject } = Promise.withResolvers<RunResult>();
        const contents = batch.kind === "text" ? batch.texts : batch.lengths;
        rejections.add(reject);
        seen.push(...contents);
        held.push({
          batch,
          contents,
          answer(rows = contents.map(() => [0, 2])) {
            rejections.delete(reject);
            resolve({ rows: Float32Array.from(rows.flat()), runSeconds: FAKE_RUN_SECONDS });
          },
        });
        for (const watcher of watchers) watcher();
        return promise;
      },
      close() {
        closed.push(number);
        ready.reject(new Error("closed"));
        ended.resolve(undefined);
      },
    };
  };

  return {
    start,
    held,
    seen,
    starts: () => started,
    closed,
    becomeReady: () => makeCurrentReady(),
    crash: (reason = "crashed by the test") => crashCurrent(reason),
    async untilHeld(count) {
      while (held.length < count) {
        const { promise, resolve } = Promise.withResolvers<void>();
        watchers.add(resolve);
        await promise;
        watchers.delete(resolve);
      }
    },
  };
}
