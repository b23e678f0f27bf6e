import type { WorkerSnapshot } from "../snapshot.ts";

/** A process that did not answer; one that answered without figures of ours is none. */
export function isSilent(process: Pick<WorkerSnapshot, "problem" | "hasAnswered">): boolean {
  return process.problem !== undefined && process.hasAnswered !== true;
}

/** A service that answers, but says nothing of how long its model takes; only callers know. */
export function tellsNoTime(variant: string, workers: readonly WorkerSnapshot[]): boolean {
  const own = workers.filter((worker) => worker.variant === variant);
  return (
    own.some((worker) => !isSilent(worker)) && own.every(({ numbers }) => numbers?.inference === undefined)
  );
}
