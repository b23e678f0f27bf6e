import process from "node:process";
import { asWorkerError, WorkerError } from "../errors.ts";
import { createLog } from "../log.ts";
import { lockModels } from "./lock-command.ts";
import { type LockOptions, parseLockOptions, USAGE } from "./lock-options.ts";

const EXIT_FAILED = 1;
const EXIT_BAD_OPTIONS = 2;

async function run(): Promise<number> {
  const options = parseLockOptions(process.argv.slice(2), process.env, process.cwd());
  if (options === "help") {
    process.stdout.write(USAGE);
    return 0;
  }
  await lock(options);
  return 0;
}

async function lock(options: LockOptions): Promise<void> {
  const ended = new AbortController();
  const end = (signal: string) =>
    ended.abort(new WorkerError("stopping", `${signal}: what has come is kept`));
  process.once("SIGINT", end);
  process.once("SIGTERM", end);
  const deps = {
    // A bar shows what the log would say; without a terminal the log is all there is.
    log: createLog(process.stderr.isTTY ? "warn" : "info", "model:lock", process.stderr),
    environment: process.env,
    terminal: process.stderr,
    signal: ended.signal,
  };
  await lockModels(options, deps, (line) => void process.stdout.write(`${line}\n`));
}

try {
  process.exitCode = await run();
} catch (error) {
  const { code, message } = asWorkerError(error);
  const said = error instanceof WorkerError ? message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`model:lock: ${said}\n`);
  process.exitCode = code === "option_invalid" ? EXIT_BAD_OPTIONS : EXIT_FAILED;
}
