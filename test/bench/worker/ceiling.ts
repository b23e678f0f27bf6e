import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Children, freePort, untilListening } from "../../load/support/children.ts";
import { getJson } from "./control.ts";
import type { Model } from "./model.ts";

/** What standin/ceiling.ts reads. */
export interface Task {
  readonly graph: string;
  readonly ids: readonly (readonly number[])[];
  readonly padId: number;
}

/** What it answers. */
export interface Pass {
  readonly texts: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** One for each run of the session; `text` is the first of its batch. */
  readonly runs: readonly { readonly text: number; readonly ms: number }[];
}

export interface Ceiling {
  /** Of each text in a run of its own. */
  logits(): Promise<readonly (readonly number[])[]>;
  run(batch: number, seconds: number): Promise<Pass>;
  stop(): Promise<void>;
}

export const BATCHES = [1, 2, 4, 8, 16, 32, 64] as const;
const READY_LIMIT_MS = 60_000;

export async function startCeiling(options: {
  readonly children: Children;
  readonly node: string;
  readonly prefix: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly folder: string;
  readonly model: Model;
  /** Of the model; which of them it is. */
  readonly graph: string;
  readonly ids: readonly (readonly number[])[];
}): Promise<Ceiling> {
  const { children, node, prefix, env, folder, model, graph, ids } = options;
  const port = await freePort();
  const file = join(folder, `${model.name}.tokens.json`);
  const task: Task = { graph, ids, padId: model.padId };
  await writeFile(file, JSON.stringify(task));
  const program = join(import.meta.dirname, "standin/ceiling.ts");
  const child = children.start("ceiling", [...prefix, node, program, String(port), file], { env });
  await untilListening(child, port, READY_LIMIT_MS);
  const url = `http://127.0.0.1:${port}`;
  return {
    stop: async () => void (await child.stop()),
    logits: () => getJson(`${url}/logits`),
    run: (batch, seconds) => getJson(`${url}/run?batch=${batch}&seconds=${seconds}`),
  };
}
