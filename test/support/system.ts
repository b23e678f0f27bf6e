import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { createApp } from "../../deploy/local/app.ts";
import { parseOptions } from "../../deploy/local/options.ts";

const ROOT = join(import.meta.dirname, "../..");
const WORKERS = ["distilbert", "roberta"];

export interface RunningSystem {
  /** Of the traffic listener. */
  readonly url: string;
  readonly port: number;
  readonly admin: string;
  /** One for each worker, in the order distilbert, roberta. */
  readonly workers: readonly string[];
  readonly pid: (name: "proxy" | "distilbert" | "roberta") => number | undefined;
  /** Replaces the experiment by one with these weights, as an editor does. */
  setWeights(distilbert: number, roberta: number): Promise<void>;
}

function experiment(distilbert: number, roberta: number): string {
  const variants = WORKERS.map(
    (name, index) =>
      `  - { name: ${name}, weight: ${[distilbert, roberta][index]}, upstreams: ["\${BLINDSPLIT_WORKER_${name.toUpperCase()}}"] }`,
  );
  return ["experiment: { name: system-test }", "variants:", ...variants, "reload: { poll: 100ms }", ""].join(
    "\n",
  );
}

/** What `npm start` runs, as three real processes on free ports, until the test ends. */
export async function startSystem(t: TestContext, distilbert = 50, roberta = 50): Promise<RunningSystem> {
  const folder = await mkdtemp(join(tmpdir(), "blindsplit-system-"));
  const config = join(folder, "experiment.yaml");
  const setWeights = async (...weights: readonly [number, number]) => {
    await writeFile(`${config}.new`, experiment(...weights));
    await rename(`${config}.new`, config);
  };
  await setWeights(distilbert, roberta);
  const request = parseOptions(
    [
      "--config",
      config,
      "--port",
      "0",
      "--admin-port",
      "0",
      "--worker-ports",
      "0,0",
      "--log-dir",
      join(folder, "logs"),
    ],
    {},
  );
  if (!("run" in request)) throw new Error("the options of the test do not start anything");
  const app = await createApp({
    root: ROOT,
    workingDirectory: ROOT,
    execPath: process.execPath,
    options: request.run,
    environment: process.env,
    now: () => performance.now(),
    say: () => undefined,
  });
  t.after(async () => {
    await app.stop();
    await rm(folder, { recursive: true, force: true });
  });
  await app.start();
  const { traffic: url, admin, workers } = app.addresses;
  return { url, port: Number(new URL(url).port), admin, workers, pid: app.pid, setWeights };
}
