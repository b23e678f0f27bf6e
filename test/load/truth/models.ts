import { join } from "node:path";
import { type Child, freePort } from "../support/children.ts";
import { until } from "../support/crowd.ts";
import type { Run } from "../support/run.ts";
import { isReady } from "../worker/worker-process.ts";

const ROOT = join(import.meta.dirname, "../../..");
const READY_LIMIT_MS = 60_000;

/** The reference experiment: the files are those that `npm start` uses, with one text a run, so that answers repeat. */
export const MODELS = [
  { name: "distilbert", file: join(ROOT, "config/workers/distilbert.yaml") },
  { name: "roberta", file: join(ROOT, "config/workers/roberta.yaml") },
] as const;

export interface Model {
  readonly name: string;
  readonly url: string;
  /** SIGKILL, and started anew on the same port. */
  killAndStart(): Promise<void>;
}

/** A bundled worker as a process; resolves when it is ready. */
export async function startModel(
  run: Run,
  { name, file }: { readonly name: string; readonly file: string },
): Promise<Model> {
  const port = await freePort();
  let child: Child;
  const start = async () => {
    const options = ["--config", file, "--host", "127.0.0.1", "--port", String(port), "--log-level", "warn"];
    const env = { ...run.environment, MALLOC_ARENA_MAX: "1" };
    child = run.children.start(name, [run.node, join(ROOT, "worker/src/main.ts"), ...options], { env });
    await until(() => isReady(port), `the worker ${name} is ready`, READY_LIMIT_MS, 100);
  };
  await start();
  return {
    name,
    url: `http://127.0.0.1:${port}`,
    async killAndStart() {
      child.signal("SIGKILL");
      await child.stop();
      await start();
    },
  };
}
