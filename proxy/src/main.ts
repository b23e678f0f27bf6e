#!/usr/bin/env node
import { type App, createApp } from "./app.ts";
import { chooseCommand } from "./command/choose.ts";
import { runCommand } from "./command/run.ts";
import { createLog } from "./log.ts";
import { type Options, parseOptions } from "./options.ts";
import { explainStart } from "./start-failure.ts";

const FAILED = 1;
const BAD_OPTIONS = 2;

const chosen = chooseCommand(process.argv.slice(2));
if (chosen.kind === "error") fail(chosen.message, BAD_OPTIONS);
else if (chosen.kind === "serve") await serve(chosen.argv);
else {
  process.exitCode = await runCommand(chosen.kind, chosen.argv, {
    env: process.env,
    write: (text) => process.stdout.write(text),
    complain: (text) => process.stderr.write(text),
    now: Date.now,
  });
}

async function serve(argv: readonly string[]): Promise<void> {
  const options = parseOptions(argv, process.env);
  if (options.kind === "error") fail(options.message, BAD_OPTIONS);
  else if (options.kind === "run") await run(options);
  else process.stdout.write(`${options.text}\n`);
}

async function run({ configFile, overrides }: Extract<Options, { kind: "run" }>): Promise<void> {
  const log = createLog(overrides.logLevel ?? "info");
  process.on("unhandledRejection", (error) => {
    log.fatal({ err: error }, "unhandled rejection");
    process.exit(FAILED);
  });
  const usage = {
    residentBytes: () => process.memoryUsage.rss(),
    cpuSeconds: () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    },
  };
  const app = createApp({ configFile, overrides, env: process.env, log, usage });
  // Before the start there is nothing that a reload could replace; without a listener SIGHUP would end the process.
  let reload = () => {};
  process.on("SIGHUP", () => reload());
  stopOnSignals(app);
  try {
    await app.start();
  } catch (error) {
    fail(explainStart(error), FAILED);
  }
  reload = () => void app.reload("signal");
}

/**
 * The first request to stop lets requests in flight end; the same signal once more ends at once. Only the same one:
 * a Ctrl-C under a supervisor arrives as SIGINT from the terminal, as SIGTERM and as a closed channel.
 */
function stopOnSignals(app: App): void {
  const received = new Set<string>();
  async function stop(reason: string): Promise<void> {
    if (received.has(reason)) process.exit(FAILED);
    received.add(reason);
    if (received.size > 1) return;
    await app.stop();
    process.exit(0);
  }
  for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => void stop(signal));
  // The supervisor that started us is gone: nobody else would ever stop us.
  process.on("disconnect", () => void stop("disconnect"));
}

function fail(message: string, code: number): never {
  process.stderr.write(`blindsplit proxy: ${message}\n`);
  process.exit(code);
}
