import { setTimeout as pause } from "node:timers/promises";
import { CommandError } from "../../../worker/evaluation/command-error.ts";
import { Caller, type Outcome } from "./caller.ts";

export interface CrowdOptions<T> {
  readonly port: number;
  readonly size: number;
  /** Between an answer and the next request of the same caller. */
  readonly pauseMs?: number;
  /** A stale connection's request is sent once more. */
  readonly repeats?: boolean;
  /** Whether a caller sends another request. */
  more(): boolean;
  /** The next request of a caller, with whatever `seen` needs to know of it. */
  request(caller: number): { readonly bytes: string; readonly note: T };
  seen(outcome: Outcome, note: T, tookMs: number): void;
}

/** Callers side by side, each with one request at a time; returns how many requests were repeated. */
export async function runCrowd<T>(options: CrowdOptions<T>): Promise<number> {
  const { port, size, pauseMs = 0, repeats = false } = options;
  let repeated = 0;
  await Promise.all(
    Array.from({ length: size }, async (_, index) => {
      const caller = new Caller(port);
      while (options.more()) {
        const { bytes, note } = options.request(index);
        const startMs = performance.now();
        let outcome = await caller.call(bytes);
        if (repeats && outcome.failure === "stale") {
          repeated++;
          outcome = await caller.call(bytes);
        }
        options.seen(outcome, note, performance.now() - startMs);
        // Whoever is refused at once would otherwise try thousands of times a second.
        if (outcome.failure === "unconnected") await pause(10);
        if (pauseMs > 0) await pause(pauseMs);
      }
      caller.close();
    }),
  );
  return repeated;
}

/** What went wrong, in one word; undefined for a 200. */
export function failureOf(outcome: Outcome): string | undefined {
  if (outcome.failure !== undefined) return outcome.failure;
  return outcome.answer.status === 200 ? undefined : String(outcome.answer.status);
}

/** The name that the service gave itself in its answer: `a1`. */
export function upstreamOf(outcome: Outcome): string {
  return /"upstream":"(\w+)"/.exec(outcome.answer?.body ?? "")?.[1] ?? "";
}

/** Polls until the claim holds; throws after `limitMs`. */
export async function until(
  claim: () => boolean | Promise<boolean>,
  what: string,
  limitMs: number,
  everyMs = 10,
): Promise<void> {
  const latest = performance.now() + limitMs;
  while (!(await claim())) {
    if (performance.now() > latest)
      throw new CommandError("not_reached", `${what}: not so after ${limitMs} ms`);
    await pause(everyMs);
  }
}
