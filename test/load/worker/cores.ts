import { spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";

export interface Cores {
  /** Put before a command, it keeps that process on the first core. */
  readonly server: readonly string[];
  readonly description: string;
}

/** Leaves the first core to the server and moves this process, every thread of it, to the second. */
export function parkOnSecondCore(pid: number): Cores {
  const moved =
    availableParallelism() > 1 &&
    spawnSync("taskset", ["--all-tasks", "--cpu-list", "--pid", "1", String(pid)]).status === 0;
  return moved
    ? { server: ["taskset", "--cpu-list", "0"], description: "worker on core 0, load on core 1" }
    : { server: [], description: "not pinned: taskset or a second core is missing" };
}
