#!/usr/bin/env node
import { ConfigError } from "../../proxy/src/config/problem.ts";
import { lettersOf } from "../../proxy/src/experiment/letters.ts";
import { chooseCommand } from "./command/choose.ts";
import { runCommand } from "./command/run.ts";
import { createJudge, type Judge } from "./judge/judge.ts";
import { createLog } from "./judge/log.ts";
import { lookOnce } from "./judge/once.ts";
import { type JudgeOptions, parseOptions } from "./judge/options.ts";
import { PrometheusError } from "./judge/prometheus-client.ts";
import { explainStart } from "./judge/start-failure.ts";
import { StateError } from "./judge/state-error.ts";
import { maskVerdict } from "./verdict/mask.ts";

const FAILED = 1;
const BAD_OPTIONS = 2;
const STDOUT = 1;
const STDERR = 2;

type Run = Extract<JudgeOptions, { kind: "run" }>;

const chosen = chooseCommand(process.argv.slice(2));
// The gateway's own entry reads the arguments itself: what it does is the same here and in its image.
if (chosen.kind === "gateway") await import("../../proxy/src/main.ts");
else if (chosen.kind === "error") fail(chosen.message, BAD_OPTIONS);
else if (chosen.kind === "judge") await judge(chosen.argv);
else
  process.exitCode = await runCommand(chosen.kind, chosen.argv, {
    env: process.env,
    columns: process.stdout.columns,
    write: (text) => process.stdout.write(text),
    complain: (text) => process.stderr.write(text),
    screen: process.stderr,
    stopSignal,
    now: Date.now,
  });

async function judge(argv: readonly string[]): Promise<void> {
  const options = parseOptions(argv, process.env);
  if (options.kind === "error") failJudge(options.message, BAD_OPTIONS);
  else if (options.kind === "help") process.stdout.write(`${options.text}\n`);
  else if (options.isOnce) await look(options);
  else await run(options);
}

async function run({ configFile, overrides }: Run): Promise<void> {
  const log = createLog(overrides.logLevel ?? "info", STDOUT);
  const give = (error: unknown, said: string) => {
    log.fatal({ err: error }, said);
    process.exit(FAILED);
  };
  process.on("unhandledRejection", (error) => give(error, "unhandled rejection"));
  const judge = createJudge({
    ...surroundings(),
    configFile,
    overrides,
    log,
    onFailure: (error) => give(error, "the judge cannot go on"),
  });
  stopOnSignals(judge);
  try {
    await judge.start();
  } catch (error) {
    failJudge(explainStart(error), FAILED);
  }
}

/** The result alone is on standard output. */
async function look({ configFile, overrides, at }: Run): Promise<void> {
  const log = createLog(overrides.logLevel ?? "warn", STDERR);
  try {
    const { config, verdict } = await lookOnce({ ...surroundings(), configFile, overrides, log, at });
    if (verdict === undefined) failJudge("nothing has been counted yet: there is nothing to look at", FAILED);
    process.stdout.write(`${JSON.stringify(maskVerdict(verdict, lettersOf(config)), undefined, 2)}\n`);
  } catch (error) {
    const isExpected =
      error instanceof ConfigError || error instanceof StateError || error instanceof PrometheusError;
    if (!isExpected) throw error;
    failJudge(explainStart(error), FAILED);
  }
}

function surroundings() {
  const isRunning = (pid: number) => {
    try {
      process.kill(pid, 0);
      return true;
    } catch (error) {
      // It runs, as somebody else's.
      return (error as NodeJS.ErrnoException).code === "EPERM";
    }
  };
  return { env: process.env, now: Date.now, process: { pid: process.pid, isRunning } };
}

function stopSignal(): AbortSignal {
  const ended = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => ended.abort());
  return ended.signal;
}

/** The first request to stop lets a look under way end; the same signal once more ends at once. */
function stopOnSignals(judge: Judge): void {
  const received = new Set<string>();
  async function stop(reason: string): Promise<void> {
    if (received.has(reason)) process.exit(FAILED);
    received.add(reason);
    if (received.size > 1) return;
    await judge.stop();
    process.exit(0);
  }
  for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => void stop(signal));
  // The supervisor that started us is gone: nobody else would ever stop us.
  process.on("disconnect", () => void stop("disconnect"));
}

function fail(message: string, code: number): never {
  process.stderr.write(`blindsplit: ${message}\n`);
  process.exit(code);
}

function failJudge(message: string, code: number): never {
  process.stderr.write(`blindsplit judge: ${message}\n`);
  process.exit(code);
}
