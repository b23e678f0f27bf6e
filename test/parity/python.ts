import { execFile } from "node:child_process";
import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const ROOT = join(import.meta.dirname, "../..");
const VENV = join(ROOT, ".blindsplit/parity-venv");
const TRAINING = join(ROOT, "worker/training");
/** What the reference needs of the training's pinned packages; torch and the like are for training only. */
const PACKAGES = /^(tokenizers|onnxruntime|numpy)==/;
const OUTPUT_LIMIT_BYTES = 10 * 1024 * 1024;

const run = (command: string, args: readonly string[]) =>
  promisify(execFile)(command, [...args], {
    env: { ...process.env, ORT_DISABLE_TELEMETRY: "1" },
    maxBuffer: OUTPUT_LIMIT_BYTES,
  });

/** Makes the Python environment of the reference, once; the message of what fails says what is missing. */
export async function preparePython(): Promise<void> {
  const python = join(VENV, "bin/python");
  const requirements = await readFile(join(TRAINING, "requirements.txt"), "utf8");
  const packages = requirements.split("\n").filter((line) => PACKAGES.test(line));
  const hasVenv = await access(python).then(
    () => true,
    () => false,
  );
  if (!hasVenv) await run("python3", ["-m", "venv", VENV]);
  await run(python, ["-m", "pip", "install", "--quiet", ...packages]);
}

/** Writes what Python makes of `count` generated texts, and of each text in `data`, to `output` as JSON lines. */
export async function writeReference(
  model: string,
  output: string,
  count: number,
  data: readonly string[],
): Promise<void> {
  const more = data.length > 0 ? ["--data", ...data] : [];
  await run(join(VENV, "bin/python"), [
    join(TRAINING, "parity.py"),
    ...[model, output, "--count", String(count), "--seed", "7", ...more],
  ]);
}
