import { get } from "node:http";
import { setTimeout as pause } from "node:timers/promises";

const INTERVAL_MS = 100;
const ATTEMPT_LIMIT_MS = 2_000;

/** One question, one answer: true only for a 200. Never rejects. */
function isReady(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    // agent: false also keeps the question away from a proxy named in the environment.
    const question = get(url, { agent: false, timeout: ATTEMPT_LIMIT_MS }, (answer) => {
      answer.resume();
      answer.on("error", () => resolve(false));
      resolve(answer.statusCode === 200);
    });
    question.on("timeout", () => question.destroy(new Error("no answer")));
    question.on("error", () => resolve(false));
  });
}

/** Resolves at the first 200; rejects when `signal` aborts, which is its only deadline. */
export async function untilReady(url: string, signal: AbortSignal): Promise<void> {
  while (!(await isReady(url))) await pause(INTERVAL_MS, undefined, { signal });
  signal.throwIfAborted();
}
