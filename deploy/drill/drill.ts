import { setTimeout as pause } from "node:timers/promises";
import { type Alertmanager, type Calls, createAlertmanager } from "./alertmanager.ts";
import { DrillError } from "./errors.ts";
import { createExercise, type Exercise } from "./exercise.ts";
import { explainSilence } from "./explain.ts";
import type { Options } from "./options.ts";
import { type Delivery, startSink } from "./sink.ts";

export interface Surroundings {
  readonly say: (text: string) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Tells this drill's alert from every other's. */
  readonly run: string;
  /** The drill is given up; its alert is ended first. */
  readonly interrupted: AbortSignal;
}

const LOOK_AGAIN_MS = 250;

/** Resolves when the test alert was delivered firing and, ended, as resolved. @throws DrillError */
export async function runDrill(options: Options, surroundings: Surroundings): Promise<void> {
  const alertmanager = createAlertmanager(options.alertmanager);
  const exercise = createExercise(surroundings.run, options.receiver, surroundings.now());
  return options.receiver === "drill"
    ? drillSink(options, surroundings, alertmanager, exercise)
    : drillReceiver(options, surroundings, alertmanager, exercise);
}

async function drillSink(
  options: Options,
  { say, now, interrupted }: Surroundings,
  alertmanager: Alertmanager,
  exercise: Exercise,
): Promise<void> {
  const arrivals = {
    firing: Promise.withResolvers<Delivery>(),
    resolved: Promise.withResolvers<Delivery>(),
  };
  const sink = await startSink(options.host, options.port, (delivery) => {
    for (const { status, labels } of delivery.alerts)
      if (labels.run === exercise.run) arrivals[status].resolve(delivery);
  });

  async function awaitArrival(status: keyof typeof arrivals): Promise<void> {
    const begunMs = now();
    const delivery = await beforeDeadline(arrivals[status].promise, options.timeoutMs, interrupted);
    if (delivery === undefined) {
      const why = await explainSilence(alertmanager, { ...exercise, ...options, sinkUrl: sink.url });
      throw new DrillError(
        "not_delivered",
        `"${status}" did not arrive within ${options.timeoutMs / 1_000} s: ${why}`,
      );
    }
    say(`${status.padEnd(8)}  delivered to "${delivery.receiver}" after ${seconds(now() - begunMs)}`);
  }

  try {
    await alertmanager.post(exercise.begin(now()));
    try {
      await awaitArrival("firing");
    } finally {
      await alertmanager.post(exercise.end(now()));
    }
    await awaitArrival("resolved");
  } finally {
    await sink.stop();
  }
}

/** What people were sent, only people can tell; Alertmanager can tell that the channel took it. */
async function drillReceiver(
  { receiver, timeoutMs }: Options,
  { say, now, interrupted }: Surroundings,
  alertmanager: Alertmanager,
  exercise: Exercise,
): Promise<void> {
  async function handOver(status: string, post: () => Promise<void>): Promise<void> {
    const before = await alertmanager.countCalls();
    const begunMs = now();
    await post();
    const patience = AbortSignal.any([AbortSignal.timeout(timeoutMs), interrupted]);
    let changes = compare(before, await alertmanager.countCalls());
    while (changes.taken === undefined && !patience.aborted) {
      await pause(LOOK_AGAIN_MS, undefined, { signal: patience }).catch(() => undefined);
      changes = compare(before, await alertmanager.countCalls());
    }
    interrupted.throwIfAborted();
    if (changes.taken !== undefined)
      return say(`${status.padEnd(8)}  ${changes.taken} took a message after ${seconds(now() - begunMs)}`);
    const why =
      changes.failed === undefined
        ? await explainSilence(alertmanager, { ...exercise, receiver, sinkUrl: undefined })
        : `${changes.failed} failed: Alertmanager's log says why`;
    throw new DrillError("not_delivered", `"${status}" was not taken within ${timeoutMs / 1_000} s: ${why}`);
  }

  try {
    await handOver("firing", () => alertmanager.post(exercise.begin(now())));
  } catch (error) {
    await alertmanager.post(exercise.end(now())).catch(() => undefined);
    throw error;
  }
  await handOver("resolved", () => alertmanager.post(exercise.end(now())));
  say(`now look whether "${receiver}" got both`);
}

/** Kinds of channel that took a message since `before`, and those where one failed. */
function compare(
  before: ReadonlyMap<string, Calls>,
  after: ReadonlyMap<string, Calls>,
): Partial<Record<keyof Calls, string>> {
  const grown = (key: keyof Calls) =>
    [...after]
      .filter(([kind, calls]) => calls[key] > (before.get(kind)?.[key] ?? 0))
      .map(([kind]) => kind)
      .join(", ") || undefined;
  const [taken, failed] = [grown("taken"), grown("failed")];
  return { ...(taken !== undefined && { taken }), ...(failed !== undefined && { failed }) };
}

async function beforeDeadline<T>(
  arrival: Promise<T>,
  timeoutMs: number,
  interrupted: AbortSignal,
): Promise<T | undefined> {
  const done = new AbortController();
  const signal = AbortSignal.any([interrupted, done.signal]);
  try {
    const deadline = pause(timeoutMs, undefined, { signal }).catch(() => undefined);
    const first = await Promise.race([arrival, deadline]);
    if (first === undefined) interrupted.throwIfAborted();
    return first;
  } finally {
    done.abort();
  }
}

const seconds = (milliseconds: number) => `${(milliseconds / 1_000).toFixed(2)} s`;
