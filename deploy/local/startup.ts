import { setTimeout as pause } from "node:timers/promises";
import { type Child, quote } from "./child.ts";
import { SupervisorError } from "./errors.ts";
import type { LogFile } from "./log-file.ts";
import type { ProcessPlan } from "./plan.ts";
import { untilReady } from "./ready.ts";

export interface StartupLimits {
  /** A starting process may say nothing for this long. One that downloads a model tells how far it is. */
  silenceMs: number;
  /** … and take this long in all. */
  totalMs: number;
}

export interface Startup {
  plan: ProcessPlan;
  child: Child;
  log: LogFile;
  limits: StartupLimits;
  now: () => number;
  /** Ends the waiting; the rejection then has the code "stopped". */
  stopping: AbortSignal;
  onStillStarting: (lastSaid: string) => void;
}

const LOOK_EVERY_MS = 250;
const STILL_STARTING_EVERY_MS = 10_000;

async function rejectWhenGone({ plan, child, log }: Startup): Promise<never> {
  const how = await child.gone;
  throw new SupervisorError("start_failed", `${plan.title} did not start (${how})${quote(child, log)}`);
}

async function rejectWhenLate(startup: Startup, begun: number, signal: AbortSignal): Promise<never> {
  const { plan, child, log, limits, now } = startup;
  for (let nextWord = begun + STILL_STARTING_EVERY_MS; ; ) {
    await pause(LOOK_EVERY_MS, undefined, { signal });
    const tookMs = now() - begun;
    if (now() - child.lastHeard().at >= limits.silenceMs || tookMs >= limits.totalMs) {
      const seconds = Math.round(tookMs / 1_000);
      throw new SupervisorError(
        "start_timeout",
        `${plan.title} is not ready after ${seconds} s (${plan.readyUrl} does not say 200): ` +
          `--start-timeout SECS gives it longer${quote(child, log)}`,
      );
    }
    if (now() < nextWord) continue;
    nextWord = now() + STILL_STARTING_EVERY_MS;
    startup.onStillStarting(child.lastHeard().text);
  }
}

/** Resolves to the milliseconds it took; rejects when the process ends first, stays silent or takes too long. */
export async function becomesReady(startup: Startup): Promise<number> {
  const { plan, now, stopping } = startup;
  const begun = now();
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, stopping]);
  try {
    await Promise.race([
      untilReady(plan.readyUrl, signal),
      rejectWhenGone(startup),
      rejectWhenLate(startup, begun, signal),
    ]);
    return now() - begun;
  } catch (error) {
    if (stopping.aborted) throw new SupervisorError("stopped", "stopped while starting", { cause: error });
    throw error;
  } finally {
    over.abort();
  }
}
