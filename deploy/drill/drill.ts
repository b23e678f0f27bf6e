import { setTimeout as pause } from "node:timers/promises";
import { type Alertmanager, createAlertmanager } from "./alertmanager.ts";
import { DrillError } from "./errors.ts";
import { createExercise, type Exercise } from "./exercise.ts";
import { explainSilence } from "./explain.ts";
import type { Options } from "./options.ts";
import { drillReceiver } from "./receiver.ts";
import { type Delivery, startSink } from "./sink.ts";
import { type Surroundings, seconds } from "./surroundings.ts";

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
