import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { access, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const BLINDSPLIT = join(import.meta.dirname, "../../.blindsplit");
const VENV = join(BLINDSPLIT, "schemathesis-venv");
/** It keeps what it found where it runs, in `.schemathesis`. */
const DIRECTORY = join(BLINDSPLIT, "schemathesis");
const CONFIG = join(import.meta.dirname, "schemathesis.toml");
const PACKAGE = "schemathesis==4.32.5";
const OUTPUT_LIMIT_BYTES = 10 * 1024 * 1024;
const RUN_LIMIT_MS = 600_000;

const run = (command: string, args: readonly string[]) =>
  promisify(execFile)(command, [...args], {
    cwd: DIRECTORY,
    maxBuffer: OUTPUT_LIMIT_BYTES,
    timeout: RUN_LIMIT_MS,
  });

/** Makes the Python environment of Schemathesis, once; the message of what fails says what is missing. */
export async function prepareSchemathesis(): Promise<void> {
  await mkdir(DIRECTORY, { recursive: true });
  const python = join(VENV, "bin/python");
  const hasVenv = await access(python).then(
    () => true,
    () => false,
  );
  if (!hasVenv) await run("python3", ["-m", "venv", VENV]);
  await run(python, ["-m", "pip", "install", "--quiet", PACKAGE]);
}

export interface Campaign {
  readonly url: string;
  /** Generated requests for each operation, at most. */
  readonly examples: number;
  readonly seed: number;
}

/**
 * Sends what `/openapi.json` allows and what it forbids, and holds every answer against it.
 * @returns how many requests it tried. @throws AssertionError with its report when an answer was not as described.
 */
export async function attack({ url, examples, seed }: Campaign): Promise<number> {
  const args = ["--config-file", CONFIG, "run", `${url}/openapi.json`, "--no-color"];
  const sized = ["--max-examples", String(examples), "--seed", String(seed)];
  const report = await run(join(VENV, "bin/schemathesis"), [...args, ...sized]).then(
    ({ stdout }) => stdout,
    (error: { stdout?: string; message: string }) =>
      assert.fail(`seed ${seed}\n${error.stdout || error.message}`),
  );
  const [, cases, passed] = /(\d+) generated, (\d+) passed/.exec(report) ?? assert.fail(report);
  assert.equal(passed, cases, report);
  return Number(cases);
}
