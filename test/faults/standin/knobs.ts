/*
 * Preloaded into a worker (`node --import`), so that its faults can be turned on and off while it serves, and the product
 * needs no hook for them. FAULT_KNOBS names a JSON file that is read anew a few times a second.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import process from "node:process";
import { isMainThread, threadName } from "node:worker_threads";
import type { Knobs } from "../knobs.ts";

interface Runtime {
  readonly InferenceSession: { prototype: { run(...args: unknown[]): Promise<unknown> } };
}

const READ_EVERY_MS = 200;

const file = process.env.FAULT_KNOBS;
if (file === undefined) throw new Error("FAULT_KNOBS names no file");
if (isMainThread) leak(file);
else if (threadName === "inference") slowDown(file);

/** Keeps more and more memory, written to, so that it is resident. */
function leak(file: string): void {
  const kept: Buffer[] = [];
  setInterval(() => {
    const { leakBytesPerSecond = 0 } = read(file);
    if (leakBytesPerSecond > 0) kept.push(Buffer.alloc((leakBytesPerSecond * READ_EVERY_MS) / 1000, 1));
    else kept.length = 0;
  }, READ_EVERY_MS).unref();
}

/** Runs take so many times as long as they would; the wait blocks the thread, as a run does. */
function slowDown(file: string): void {
  // Resolved as the worker's own sources do: the one copy that they load is the one to change.
  const runtime = createRequire(new URL("../../../worker/src/app.ts", import.meta.url))(
    "onnxruntime-node",
  ) as Runtime;
  const session = runtime.InferenceSession.prototype;
  const { run } = session;
  const clock = new Int32Array(new SharedArrayBuffer(4));
  let [factor, readMs] = [1, 0];
  session.run = async function (...args) {
    const startMs = performance.now();
    if (startMs - readMs > READ_EVERY_MS) [factor, readMs] = [read(file).slowness ?? 1, startMs];
    const answer = await run.apply(this, args);
    const more = (performance.now() - startMs) * (factor - 1);
    if (more > 0) Atomics.wait(clock, 0, 0, more);
    return answer;
  };
}

function read(file: string): Knobs {
  return JSON.parse(readFileSync(file, "utf8")) as Knobs;
}
