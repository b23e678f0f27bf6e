import { join, relative, resolve } from "node:path";
import type { Environment } from "./environment.ts";
import { SupervisorError } from "./errors.ts";
import { type LogFile, openLogFile } from "./log-file.ts";
import type { Options } from "./options.ts";
import { addressesOf, createPlan } from "./plan.ts";
import { claimPorts } from "./ports.ts";
import { createQuota } from "./quota.ts";
import { RESTART_BUDGET } from "./restart-budget.ts";
import * as screen from "./screen.ts";
import { createSupervisor, type Supervisor } from "./supervisor.ts";
import { askVariants, upstreamNotes } from "./upstreams.ts";

export interface AppOptions {
  root: string;
  /** Files and folders in the options are relative to it. */
  workingDirectory: string;
  execPath: string;
  options: Options;
  environment: Environment;
  now: () => number;
  /** One or more whole lines for the terminal. */
  say: (text: string) => void;
}

export interface App extends Supervisor {
  /** For after start(). */
  readonly readyScreen: string;
  /** Has the gateway read its configuration again; false when it is not up. */
  reload(): boolean;
  /** Base addresses as this machine reaches them, the workers' in the order of the options. */
  readonly addresses: {
    readonly traffic: string;
    readonly admin: string;
    readonly judge: string;
    readonly workers: readonly string[];
  };
}

const LOG_LIMIT_BYTES = 10 * 1024 * 1024;
const LINES_ON_SCREEN = { limit: 5, windowMs: 10_000 };
/** A process that keeps saying how far it is may take this long: a model of 130 MB on a line of 10 kB/s. */
const START_LIMIT_MS = 4 * 60 * 60_000;
const STOP_LIMIT_MS = 4_500;

/** Everything that can be found wrong without starting anything is found here; throws a SupervisorError. */
export async function createApp({
  root,
  workingDirectory,
  execPath,
  options,
  environment,
  now,
  say,
}: AppOptions): Promise<App> {
  // Once with the ports as asked, so that a bad file is reported even when a port is in use as well.
  const places = { root, workingDirectory };
  createPlan(places, options, environment);
  const [port = 0, adminPort = 0, judgePort = 0, ...workerPorts] = await claimPorts(addressesOf(options));
  const plan = createPlan(places, { ...options, port, adminPort, judgePort, workerPorts }, environment);

  const logDir = resolve(workingDirectory, options.logDir);
  const quotas = new Map(
    [...plan.workers, plan.proxy, plan.judge].map(({ name }) => [name, createQuota(LINES_ON_SCREEN, now)]),
  );
  const openLog = (name: string): LogFile => {
    const path = join(logDir, `${name}.log`);
    try {
      return openLogFile(path, LOG_LIMIT_BYTES, (error) =>
        say(
          `blindsplit: the log of ${name} cannot be written: ${error instanceof Error ? error.message : error}`,
        ),
      );
    } catch (cause) {
      const code = cause instanceof Error && "code" in cause ? cause.code : cause;
      const message = `${path} cannot be written (${code}): choose another directory with --log-dir`;
      throw new SupervisorError("bad_file", message, { cause });
    }
  };

  const supervisor = createSupervisor({
    execPath,
    stopOrder: [[plan.proxy, plan.judge], plan.workers],
    openLog: ({ name }) => openLog(name),
    budget: RESTART_BUDGET,
    startupLimits: {
      silenceMs: options.startTimeoutMs,
      totalMs: Math.max(START_LIMIT_MS, options.startTimeoutMs),
    },
    stopLimitMs: STOP_LIMIT_MS,
    now,
    report: {
      ready: (child, tookMs) => say(screen.readyLine(child, tookMs)),
      stillStarting: (child, lastSaid) => say(screen.stillStartingLine(child, lastSaid)),
      line(child, line) {
        const logFile = `${join(options.logDir, child.name)}.log`;
        const text = screen.logLine(child, line, logFile);
        const admission = text === undefined ? "no" : quotas.get(child.name)?.();
        if (admission === "yes") say(`${text}`);
        if (admission === "last") say(`${text}\n${child.title}: more in ${logFile}`);
      },
      died: (child, how, pauseMs) => say(screen.diedLine(child, how, pauseMs)),
      restarted: (child, pid) => say(screen.restartedLine(child, pid)),
      killed: (child) => say(screen.killedLine(child)),
    },
  });
  say(screen.startingScreen(plan));
  let notes: readonly string[] = [];
  return {
    ...supervisor,
    async start() {
      await supervisor.start();
      notes = upstreamNotes(await askVariants(plan.adminUrl), plan.workers);
    },
    reload: () => supervisor.hangUp(plan.proxy.name),
    addresses: {
      traffic: plan.proxy.url,
      admin: plan.adminUrl,
      judge: plan.judge.url,
      workers: plan.workers.map(({ url }) => url),
    },
    get readyScreen() {
      return screen.readyScreen(plan, relative(root, logDir) || ".", supervisor.pid, notes);
    },
  };
}
