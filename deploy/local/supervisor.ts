import { setTimeout as pause } from "node:timers/promises";
import { type Child, quote, startChild } from "./child.ts";
import { SupervisorError } from "./errors.ts";
import type { LogFile } from "./log-file.ts";
import type { LogLine } from "./log-line.ts";
import type { ProcessPlan } from "./plan.ts";
import { type RestartBudget, recordDeath } from "./restart-budget.ts";
import { becomesReady, type StartupLimits } from "./startup.ts";

export interface SupervisorOptions {
  execPath: string;
  /** Groups in the order they are stopped: what takes traffic in first, what answers it after. */
  stopOrder: readonly (readonly ProcessPlan[])[];
  openLog: (plan: ProcessPlan) => LogFile;
  budget: RestartBudget;
  startupLimits: StartupLimits;
  /** From the first SIGTERM to SIGKILL. */
  stopLimitMs: number;
  /** Monotonic, in milliseconds. */
  now: () => number;
  report: Report;
}

/** What the person at the terminal hears of. */
export interface Report {
  ready(plan: ProcessPlan, tookMs: number): void;
  stillStarting(plan: ProcessPlan, lastSaid: string): void;
  line(plan: ProcessPlan, line: LogLine): void;
  died(plan: ProcessPlan, how: string, pauseMs: number): void;
  restarted(plan: ProcessPlan, pid: number | undefined): void;
  killed(plan: ProcessPlan): void;
}

export interface Supervisor {
  /** Resolves when every process is ready; rejects with a SupervisorError, after which stop() is still owed. */
  start(): Promise<void>;
  /** Resolves with the reason when a process has died too often or is no longer watched; stop() is owed then. Never rejects. */
  readonly spent: Promise<SupervisorError>;
  /** Resolves when no process is left, at the latest a moment after `stopLimitMs`. Safe to call again. */
  stop(): Promise<void>;
  /** Sends SIGHUP to the plan's process; false when it is not up, and would be ended by it. */
  hangUp(name: string): boolean;
  /** SIGKILL for whatever is alive, at once. */
  kill(): void;
  /** The process of a plan's name, as it is now. */
  pid(name: string): number | undefined;
}

interface Slot {
  plan: ProcessPlan;
  log: LogFile;
  child: Child | undefined;
  deaths: readonly number[];
  isReady: boolean;
}

/** What takes traffic in may end its requests before what answers them is told to stop. */
const HEAD_START_MS = 2_000;
/** After SIGKILL only the kernel is left to wait for. */
const AFTER_KILL_MS = 400;

/*
 * Why not `concurrently`: it restarts a fixed number of times in a process's whole life (not per minute), knows no
 * readiness and so no ready screen, and has no deadline after which what ignores SIGTERM is killed.
 */
export function createSupervisor(options: SupervisorOptions): Supervisor {
  const { now, report } = options;
  const groups = options.stopOrder.map((plans) =>
    plans.map(
      (plan): Slot => ({ plan, log: options.openLog(plan), child: undefined, deaths: [], isReady: false }),
    ),
  );
  const slots = groups.flat();
  const stopping = new AbortController();
  const spent = Promise.withResolvers<SupervisorError>();
  let isUp = false;
  let stopped: Promise<void> | undefined;

  function launch(slot: Slot): Child {
    slot.isReady = false;
    slot.child = startChild({
      execPath: options.execPath,
      plan: slot.plan,
      log: slot.log,
      now,
      onLine: (line) => {
        // While starting only the outcome matters: a gateway may complain about workers that still load.
        if (isUp && !stopping.signal.aborted) report.line(slot.plan, line);
      },
    });
    return slot.child;
  }

  async function readiness(slot: Slot, child: Child): Promise<number> {
    const { plan, log } = slot;
    const tookMs = await becomesReady({
      plan,
      child,
      log,
      limits: options.startupLimits,
      now,
      stopping: stopping.signal,
      onStillStarting: (lastSaid) => report.stillStarting(plan, lastSaid),
    });
    slot.isReady = true;
    return tookMs;
  }

  /** The pause before the next start, or undefined when there is to be none. */
  function pauseAfterDeath(slot: Slot, child: Child, how: string): number | undefined {
    const { deaths, pauseMs } = recordDeath(options.budget, slot.deaths, now());
    slot.deaths = deaths;
    if (pauseMs === undefined) {
      const often = `${slot.plan.title} ended ${deaths.length} times within ${options.budget.windowMs / 1_000} s`;
      const message = `${often}, last with ${how}: everything stops${quote(child, slot.log)}`;
      spent.resolve(new SupervisorError("restart_budget_spent", message));
    } else report.died(slot.plan, how, pauseMs);
    return pauseMs;
  }

  async function keepRunning(slot: Slot, first: Child): Promise<void> {
    for (let child = first; ; ) {
      const how = await child.gone;
      if (stopping.signal.aborted) return;
      const pauseMs = pauseAfterDeath(slot, child, how);
      if (pauseMs === undefined) return;
      await pause(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (stopping.signal.aborted) return;
      child = launch(slot);
      try {
        await readiness(slot, child);
        report.restarted(slot.plan, child.pid);
      } catch {
        // Whatever the reason, it counts as one more death; a process that hangs has to be made one first.
        if (!stopping.signal.aborted) child.signal("SIGKILL");
      }
    }
  }

  const everyoneIn = (some: readonly Slot[]) => Promise.all(some.map((slot) => slot.child?.gone));
  const atMost = (ms: number) => pause(ms, undefined, { ref: false });

  function kill(): void {
    for (const { child } of slots) if (child?.isAlive()) child.signal("SIGKILL");
  }

  async function end(): Promise<void> {
    stopping.abort();
    const limit = setTimeout(() => {
      for (const { plan, child } of slots) if (child?.isAlive()) report.killed(plan);
      kill();
    }, options.stopLimitMs);
    const latest = atMost(options.stopLimitMs + AFTER_KILL_MS);
    for (const group of groups) {
      for (const { child } of group) if (child?.isAlive()) child.signal("SIGTERM");
      if (group !== groups.at(-1)) await Promise.race([everyoneIn(group), atMost(HEAD_START_MS)]);
    }
    await Promise.race([everyoneIn(slots), latest]);
    clearTimeout(limit);
    for (const { log } of slots) log.close();
  }

  return {
    spent: spent.promise,
    async start() {
      const children = slots.map((slot) => ({ slot, child: launch(slot) }));
      await Promise.all(
        children.map(async ({ slot, child }) => report.ready(slot.plan, await readiness(slot, child))),
      );
      if (stopping.signal.aborted) throw new SupervisorError("stopped", "stopped while starting");
      isUp = true;
      for (const { slot, child } of children)
        keepRunning(slot, child).catch((cause: unknown) => {
          const message = `${slot.plan.title} is no longer watched: everything stops (${cause instanceof Error ? cause.message : cause})`;
          spent.resolve(new SupervisorError("supervision_failed", message, { cause }));
        });
    },
    stop() {
      stopped ??= end();
      return stopped;
    },
    hangUp(name) {
      const slot = slots.find(({ plan }) => plan.name === name);
      if (!slot?.isReady || !slot.child?.isAlive()) return false;
      slot.child.signal("SIGHUP");
      return true;
    },
    kill,
    pid: (name) => slots.find(({ plan }) => plan.name === name)?.child?.pid,
  };
}
