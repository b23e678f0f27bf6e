import { join, relative, resolve } from "node:path";
import type { Environment } from "./environment.ts";
import { openLogFile } from "./log-file.ts";
import type { Options } from "./options.ts";
import { addressesOf, createPlan, type ProcessPlan } from "./plan.ts";
import { claimPorts } from "./ports.ts";
import { createQuota } from "./quota.ts";
import { restartBudget } from "./restart-budget.ts";
import * as screen from "./screen.ts";
import { createSupervisor, type Supervisor } from "./supervisor.ts";

export interface AppOptions {
  root: string;
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
}

const logLimitBytes = 10 * 1024 * 1024;
const linesOnScreen = { limit: 5, windowMs: 10_000 };
const startLimitMs = 30 * 60_000;
const stopLimitMs = 4_500;

/** Everything that can be found wrong without starting anything is found here; throws a SupervisorError. */
export async function createApp({
  root,
  execPath,
  options,
  environment,
  now,
  say,
}: AppOptions): Promise<App> {
  // Once with the ports as asked, so that a bad file is reported even when a port is in use as well.
  createPlan(root, options, environment);
  const [port = 0, adminPort = 0, ...workerPorts] = await claimPorts(addressesOf(options));
  const plan = createPlan(root, { ...options, port, adminPort, workerPorts }, environment);

  const logDir = resolve(options.logDir);
  const quotas = new Map(
    [...plan.workers, plan.proxy].map(({ name }) => [name, createQuota(linesOnScreen, now)]),
  );
  const openLog = ({ name }: ProcessPlan) =>
    openLogFile(join(logDir, `${name}.log`), logLimitBytes, (error) =>
      say(
        `blindsplit: the log of ${name} cannot be written: ${error instanceof Error ? error.message : error}`,
      ),
    );

  say(screen.startingScreen(plan));
  const supervisor = createSupervisor({
    execPath,
    stopOrder: [[plan.proxy], plan.workers],
    openLog,
    budget: restartBudget,
    startupLimits: {
      silenceMs: options.startTimeoutMs,
      totalMs: Math.max(startLimitMs, options.startTimeoutMs),
    },
    stopLimitMs,
    now,
    report: {
      ready: (process, tookMs) => say(screen.readyLine(process, tookMs)),
      stillStarting: (process, lastSaid) => say(screen.stillStartingLine(process, lastSaid)),
      line(process, line) {
        const text = screen.logLine(process, line);
        const admission = text === undefined ? "no" : quotas.get(process.name)?.();
        if (admission === "yes") say(`${text}`);
        if (admission === "last")
          say(`${text}\n${process.title}: more in ${join(options.logDir, process.name)}.log`);
      },
      died: (process, how, pauseMs) => say(screen.diedLine(process, how, pauseMs)),
      restarted: (process, pid) => say(screen.restartedLine(process, pid)),
      killed: (process) => say(screen.killedLine(process)),
    },
  });
  return {
    ...supervisor,
    get readyScreen() {
      return screen.readyScreen(plan, relative(root, logDir) || ".", supervisor.pid);
    },
  };
}
