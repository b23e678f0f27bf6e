import { ConfigError } from "../../../proxy/src/config/problem.ts";
import { lettersOf } from "../../../proxy/src/experiment/letters.ts";
import { maskVerdict } from "../verdict/mask.ts";
import { createJudge, type Judge } from "./judge.ts";
import { createLog } from "./log.ts";
import { lookOnce } from "./once.ts";
import { type JudgeOptions, parseOptions } from "./options.ts";
import { PrometheusError } from "./prometheus-client.ts";
import { explainStart } from "./start-failure.ts";
import { codeOf, StateError } from "./state-error.ts";

const FAILED = 1;
const BAD_OPTIONS = 2;
const STDOUT = 1;
const STDERR = 2;

type Run = Extract<JudgeOptions, { kind: "run" }>;

/** `blindsplit judge`, in a process of its own: it goes on until a signal, unless it is asked for one look. */
export async function judge(argv: readonly string[], host: NodeJS.Process): Promise<void> {
  const options = parseOptions(argv, host.env);
  if (options.kind === "error") fail(host, options.message, BAD_OPTIONS);
  else if (options.kind === "help") host.stdout.write(`${options.text}\n`);
  else if (options.isOnce) await look(options, host);
  else await run(options, host);
}

async function run({ configFile, overrides }: Run, host: NodeJS.Process): Promise<void> {
  const log = createLog(overrides.logLevel ?? "info", STDOUT);
  const give = (error: unknown, said: string) => {
    log.fatal({ err: error }, said);
    host.exit(FAILED);
  };
  host.on("unhandledRejection", (error) => give(error, "unhandled rejection"));
  const judge = createJudge({
    ...surroundings(host),
    configFile,
    overrides,
    log,
    onFailure: (error) => give(error, "the judge cannot go on"),
  });
  stopOnSignals(judge, host);
  try {
    await judge.start();
  } catch (error) {
    fail(host, explainStart(error), FAILED);
  }
}

/** The result alone is on standard output. */
async function look({ configFile, overrides, at }: Run, host: NodeJS.Process): Promise<void> {
  const log = createLog(overrides.logLevel ?? "warn", STDERR);
  try {
    const { config, verdict } = await lookOnce({ ...surroundings(host), configFile, overrides, log, at });
    if (verdict === undefined)
      fail(host, "nothing has been counted yet: there is nothing to look at", FAILED);
    host.stdout.write(`${JSON.stringify(maskVerdict(verdict, lettersOf(config)), undefined, 2)}\n`);
  } catch (error) {
    const isExpected =
      error instanceof ConfigError || error instanceof StateError || error instanceof PrometheusError;
    if (!isExpected) throw error;
    fail(host, explainStart(error), FAILED);
  }
}

function surroundings(host: NodeJS.Process) {
  const isRunning = (pid: number) => {
    try {
      host.kill(pid, 0);
      return true;
    } catch (error) {
      // It runs, as somebody else's.
      return codeOf(error) === "EPERM";
    }
  };
  return { env: host.env, now: Date.now, process: { pid: host.pid, isRunning } };
}

/** The first request to stop lets a look under way end; the same signal once more ends at once. */
function stopOnSignals(judge: Judge, host: NodeJS.Process): void {
  const received = new Set<string>();
  async function stop(reason: string): Promise<void> {
    if (received.has(reason)) host.exit(FAILED);
    received.add(reason);
    if (received.size > 1) return;
    await judge.stop();
    host.exit(0);
  }
  for (const signal of ["SIGTERM", "SIGINT"]) host.on(signal, () => void stop(signal));
  // The supervisor that started us is gone: nobody else would ever stop us.
  host.on("disconnect", () => void stop("disconnect"));
}

function fail(host: NodeJS.Process, message: string, code: number): never {
  host.stderr.write(`blindsplit judge: ${message}\n`);
  host.exit(code);
}
