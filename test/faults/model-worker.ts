import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Run } from "../load/support/run.ts";
import { startWorker, type WorkerProcess } from "../load/worker/worker-process.ts";
import { type Knobs, turn } from "./knobs.ts";
import { createMemoryGroup } from "./memory-group.ts";

const KNOBS = join(import.meta.dirname, "standin/knobs.ts");

/** The worker of one variant, with what can be made to go wrong in it. */
export interface ModelWorker {
  readonly url: string;
  turn(knobs: Knobs): void;
  /** SIGKILL. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

export interface WorkerChanges {
  /** Further keys of its file, as YAML. */
  readonly settings?: string;
  readonly memoryBytes?: number;
}

/** @returns once it is ready */
export async function startModelWorker(
  run: Run,
  name: string,
  model: string,
  { settings = "", memoryBytes }: WorkerChanges = {},
): Promise<ModelWorker> {
  const group = memoryBytes === undefined ? undefined : createMemoryGroup(name, memoryBytes);
  const file = join(run.folder, `worker-${name}.yaml`);
  const knobs = join(run.folder, `knobs-${name}.json`);
  writeFileSync(file, `name: ${name}\nthreads: 1\nmax_batch_size: 1\n${settings}\n`);
  turn(knobs, {});
  const { port, child }: WorkerProcess = await startWorker(run, {
    model,
    flags: ["--name", name, "--config", file],
    nodeFlags: ["--import", KNOBS],
    prefix: [...(group?.prefix ?? []), "env", `FAULT_KNOBS=${knobs}`],
  });
  return {
    url: `http://127.0.0.1:${port}`,
    turn: (next) => turn(knobs, next),
    async kill() {
      child.signal("SIGKILL");
      await child.stop();
    },
    async stop() {
      await child.stop();
      group?.remove();
    },
  };
}
