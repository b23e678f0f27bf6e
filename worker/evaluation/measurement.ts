import { setTimeout as sleep } from "node:timers/promises";
import type { Task } from "../src/settings.ts";
import { CommandError } from "./command-error.ts";
import type { Row } from "./dataset.ts";
import type { Endpoint, Prediction, Reply } from "./endpoint.ts";

export interface MeasureOptions {
  readonly task: Task;
  /** Texts on their way at once. One, unless told otherwise: else a latency holds the wait behind the other texts. */
  readonly concurrency: number;
  /** How long one text may spend waiting because of 429 answers. */
  readonly busyBudgetMs?: number;
  /** So many texts in a row without a connection or with a 5xx end the evaluation: the worker is gone, not picky. */
  readonly hopelessAfter?: number;
  readonly onProgress?: (done: number, failed: number) => void;
}

/** A text that got a prediction. */
export interface Answer {
  readonly row: Row;
  readonly prediction: Prediction;
}

export interface Measurement {
  readonly answers: readonly Answer[];
  /** Round trip of the attempt that brought the prediction, in seconds; waits after a 429 are not in it. */
  readonly seconds: readonly number[];
  /** Texts without a prediction, by reason. */
  readonly failures: ReadonlyMap<string, number>;
  /** Answers 429 after which a text was sent again. */
  readonly retries: number;
}

export async function measure(
  rows: readonly Row[],
  endpoint: Endpoint,
  options: MeasureOptions,
): Promise<Measurement> {
  const { task, concurrency, busyBudgetMs = 60_000, hopelessAfter = 20, onProgress } = options;
  const answers: Answer[] = [];
  const seconds: number[] = [];
  const failures = new Map<string, number>();
  let retries = 0;
  let failed = 0;
  let failedInARow = 0;
  let gaveUp: CommandError | undefined;

  const attempt = async (text: string): Promise<{ reply: Reply; seconds: number }> => {
    for (let waitedMs = 0; ; retries += 1) {
      const start = performance.now();
      const reply = await endpoint.predict(text, task);
      const took = (performance.now() - start) / 1000;
      if (reply.kind !== "busy") return { reply, seconds: took };
      // A floor, because `Retry-After: 0` from a full queue would become a loop without a pause.
      const waitMs = Math.max(50, reply.retryAfterMs);
      waitedMs += waitMs;
      if (waitedMs > busyBudgetMs) return { reply: { kind: "failed", reason: "HTTP 429" }, seconds: took };
      await sleep(waitMs);
    }
  };

  const queue = rows.values();
  const lane = async () => {
    for (const row of queue) {
      const { reply, seconds: took } = await attempt(row.text);
      if (reply.kind === "label" || reply.kind === "number") {
        answers.push({ row, prediction: reply });
        seconds.push(took);
        failedInARow = 0;
      } else {
        const reason = reply.kind === "failed" ? reply.reason : "HTTP 429";
        failures.set(reason, (failures.get(reason) ?? 0) + 1);
        failed += 1;
        failedInARow = isPicky(reason) ? 0 : failedInARow + 1;
        if (failedInARow >= hopelessAfter) gaveUp ??= hopeless(endpoint.url, failedInARow, reason);
      }
      if (isNoWorker(failures, answers.length, rows.length)) gaveUp ??= notAWorker(endpoint.url);
      onProgress?.(answers.length + failed, failed);
      // Every lane ends by itself, so that none is still sending when the caller hears of the failure.
      if (gaveUp !== undefined) return;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
  if (gaveUp !== undefined) throw gaveUp;
  return { answers, seconds, failures, retries };
}

/** The worker is there and looked at this text: a 4xx, or an answer without a label. */
function isPicky(reason: string): boolean {
  return /^HTTP [1-4]/.test(reason);
}

/** A worker has /predict: when the first answers all say there is no such thing, the address is another program's. */
function isNoWorker(failures: ReadonlyMap<string, number>, answered: number, texts: number): boolean {
  return answered === 0 && failures.size === 1 && (failures.get("HTTP 404") ?? 0) >= Math.min(3, texts);
}

function notAWorker(url: string): CommandError {
  return new CommandError(
    "not_a_worker",
    `${url} is not a worker: it answers 404 to /predict; name a worker's address with --url (http://127.0.0.1:8101)`,
  );
}

function hopeless(url: string, count: number, reason: string): CommandError {
  return new CommandError(
    "worker_failing",
    `gave up: ${count} texts in a row got no prediction from ${url} (the last: ${reason}); look at the worker's log`,
  );
}
