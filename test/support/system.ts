import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { createApp } from "../../deploy/local/app.ts";
import { parseOptions } from "../../deploy/local/options.ts";

const ROOT = join(import.meta.dirname, "../..");
const WORKERS = ["distilbert", "roberta"];

export interface StartedFiles {
  /** Of the traffic listener. */
  readonly url: string;
  readonly port: number;
  readonly admin: string;
  readonly judge: string;
  /** One for each worker, in the order of their files. */
  readonly workers: readonly string[];
}

export interface RunningSystem extends StartedFiles {
  /** Replaces the experiment by one with these weights, as an editor does. */
  setWeights(distilbert: number, roberta: number): Promise<void>;
}

/**
 * What `npm start` runs of these files, as real processes on free ports, until the test ends.
 * @param config, workers relative to the repository
 */
export async function startFiles(
  t: TestContext,
  config: string,
  workers: readonly string[],
): Promise<StartedFiles> {
  return start(t, await makeFolder(), config, workers);
}

/** The bundled workers, with an experiment of the test's own. */
export async function startSystem(t: TestContext, distilbert = 50, roberta = 50): Promise<RunningSystem> {
  const folder = await makeFolder();
  const config = join(folder, "experiment.yaml");
  const setWeights = async (...weights: readonly [number, number]) => {
    await writeFile(`${config}.new`, experiment(...weights));
    await rename(`${config}.new`, config);
  };
  await setWeights(distilbert, roberta);
  const files = WORKERS.map((name) => `config/workers/${name}.yaml`);
  return { ...(await start(t, folder, config, files)), setWeights };
}

function makeFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), "blindsplit-system-"));
}

/** @param folder removed when everything has stopped */
async function start(
  t: TestContext,
  folder: string,
  config: string,
  workers: readonly string[],
): Promise<StartedFiles> {
  const flags = {
    config,
    port: "0",
    "admin-port": "0",
    "judge-port": "0",
    "worker-ports": workers.map(() => "0").join(),
    "log-dir": join(folder, "logs"),
  };
  const request = parseOptions(
    [
      ...Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, value]),
      ...workers.flatMap((file) => ["--worker", file]),
    ],
    {},
  );
  if (!("run" in request)) throw new Error("the options of the test do not start anything");
  const app = await createApp({
    root: ROOT,
    workingDirectory: ROOT,
    execPath: process.execPath,
    options: request.run,
    // Tests compute who gets which variant, and a salt of the developer's own would change that.
    environment: { ...process.env, BLINDSPLIT_SALT: "" },
    now: () => performance.now(),
    say: () => undefined,
  });
  t.after(async () => {
    await app.stop();
    await rm(folder, { recursive: true, force: true });
  });
  await app.start();
  const { traffic: url, admin, judge, workers: addresses } = app.addresses;
  return { url, port: Number(new URL(url).port), admin, judge, workers: addresses };
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
