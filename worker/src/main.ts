import process from "node:process";
import { createApp } from "./app.ts";
import { asWorkerError, WorkerError } from "./errors.ts";
import { createLog } from "./log.ts";
import { type Command, readCommand, type WorkerOptions } from "./options.ts";
import { WORKER_VERSION } from "./version.ts";

const EXIT_FAILED = 1;
const EXIT_BAD_OPTIONS = 2;
/** Above the app's own deadlines, 4.6 s together: whatever hangs, the process ends. */
const STOP_DEADLINE_MS = 4_800;

const command = readCommandLine();
if (command.kind === "help") process.stdout.write(command.text);
else if (command.kind === "version") process.stdout.write(`${WORKER_VERSION}\n`);
else await serve(command.options);

async function serve(options: WorkerOptions): Promise<void> {
  const log = createLog(options.logLevel, options.name);
  const app = createApp(options, {
    log,
    usage: process,
    nodeVersion: process.version,
    environment: process.env,
    terminal: process.stderr,
  });
  let stopReason: string | undefined;

  const stop = (reason: string) => {
    // The same signal twice is somebody who does not want to wait. Different ones come from one Ctrl-C: the
    // terminal sends SIGINT to every process, the supervisor then SIGTERM, and its channel closes.
    if (stopReason === reason) process.exit(EXIT_FAILED);
    if (stopReason !== undefined) return;
    stopReason = reason;
    log.info({ reason }, "asked to stop");
    armStopDeadline();
    app.stop().then(
      () => process.exit(0),
      (error: unknown) => fail("the stop failed", error),
    );
  };
  const armStopDeadline = () => setTimeout(() => process.exit(EXIT_FAILED), STOP_DEADLINE_MS).unref();
  const fail = (message: string, error: unknown): never => {
    log.fatal({ err: error, code: asWorkerError(error).code }, message);
    process.exit(EXIT_FAILED);
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  // Started by the supervisor of deploy/local: when its end of the channel closes, it is gone.
  if (process.connected) process.on("disconnect", () => stop("disconnect"));
  process.on("unhandledRejection", (error) => fail("unhandled rejection", error));
  process.on("uncaughtException", (error) => fail("uncaught exception", error));

  try {
    await app.start();
  } catch (error) {
    if (stopReason !== undefined) return;
    process.stderr.write(`blindsplit worker: ${describe(error)}\n`);
    fail("the worker cannot start", error);
  }
  const error = await app.failed;
  // Asked to stop already: that stop ends the process.
  if (stopReason !== undefined) return;
  stopReason = "failure";
  // The callers of the failed runs are still to be answered: their 503 takes longer than this process would.
  armStopDeadline();
  await app.stop();
  process.stderr.write(`blindsplit worker: ${describe(error)}\n`);
  fail("the worker cannot go on", error);
}

function readCommandLine(): Command {
  try {
    return readCommand(process.argv.slice(2), {
      environment: process.env,
      workingDirectory: process.cwd(),
    });
  } catch (error) {
    process.stderr.write(`${describe(error).replace(/^/gm, "blindsplit worker: ")}\n`);
    process.exit(EXIT_BAD_OPTIONS);
  }
}

function describe(error: unknown): string {
  if (error instanceof WorkerError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
