import { setTimeout as pause } from "node:timers/promises";
import type { Alertmanager } from "./alertmanager.ts";
import type { Channel, Channels } from "./channel.ts";
import { DrillError } from "./errors.ts";
import type { Exercise } from "./exercise.ts";
import { explainDoubt, explainFailure, explainNoChannel, explainRoute, explainSilence } from "./explain.ts";
import type { Options } from "./options.ts";
import { type Progress, readProgress } from "./progress.ts";
import { type Surroundings, seconds } from "./surroundings.ts";

const LOOK_AGAIN_MS = 250;

/** By kind of channel, the other receivers of that kind that an alert leads to: what is counted may be theirs. */
type Doubts = ReadonlyMap<string, readonly string[]>;

/**
 * What people were sent, only people can tell; Alertmanager can tell that the channels took it, and not always whose.
 * @throws DrillError `not_delivered`, `not_provable`
 */
export async function drillReceiver(
  { receiver, timeoutMs }: Options,
  { say, now, interrupted }: Surroundings,
  alertmanager: Alertmanager,
  exercise: Exercise,
): Promise<void> {
  const all = await alertmanager.channels();
  const channels = all.get(receiver) ?? [];
  if (channels.length === 0)
    throw new DrillError("not_delivered", explainNoChannel(receiver, all.has(receiver)));

  async function handOver(status: string, post: () => Promise<void>): Promise<Doubts> {
    const before = await alertmanager.countCalls(receiver);
    // Before and after: an alert that ends meanwhile is delivered once more.
    const busy = before.areOfReceiver ? [] : [await alertmanager.busyReceivers()];
    const begunMs = now();
    await post();
    if (!before.areOfReceiver) busy.push(await alertmanager.busyReceivers());
    const doubts = findDoubts(receiver, all, new Set(busy.flatMap((names) => [...names])));

    const patience = AbortSignal.any([AbortSignal.timeout(timeoutMs), interrupted]);
    const look = async () => {
      const after = await alertmanager.countCalls(receiver);
      return readProgress(channels, { before, after }, new Set(doubts.keys()));
    };
    let progress = await look();
    while (isUndecided(progress, channels) && !patience.aborted) {
      await pause(LOOK_AGAIN_MS, undefined, { signal: patience }).catch(() => undefined);
      progress = await look();
    }
    interrupted.throwIfAborted();
    if (progress.taken.length < channels.length)
      throw new DrillError("not_delivered", `"${status}" ${await explain(progress)}`);
    const names = progress.taken.map((kind) => (doubts.has(kind) ? `${kind} (whose?)` : kind)).join(", ");
    say(`${status.padEnd(8)}  ${names} took a message after ${seconds(now() - begunMs)}`);
    return doubts;
  }

  async function explain({ lost, failing, silent }: Progress): Promise<string> {
    if (lost.length > 0) return `was given up: ${explainFailure(receiver, lost)}`;
    const late = `was not taken by ${[...failing, ...silent].join(", ")} within ${timeoutMs / 1_000} s`;
    return failing.length > 0
      ? `${late}: ${explainFailure(receiver, failing)}`
      : `${late}: ${await explainSilence(alertmanager, { ...exercise, receiver, sinkUrl: undefined })}`;
  }

  async function begin(): Promise<void> {
    await alertmanager.post(exercise.begin(now()));
    const alert = await alertmanager.find("run", exercise.run);
    const elsewhere = alert && explainRoute(alert, receiver);
    if (elsewhere !== undefined) throw new DrillError("not_delivered", elsewhere);
  }

  const doubts = new Map<string, readonly string[]>();
  const note = (found: Doubts) => {
    for (const [kind, names] of found) doubts.set(kind, names);
  };
  try {
    note(await handOver("firing", begin));
  } catch (error) {
    await alertmanager.post(exercise.end(now())).catch(() => undefined);
    throw error;
  }
  note(await handOver("resolved", () => alertmanager.post(exercise.end(now()))));
  if (doubts.size > 0) throw new DrillError("not_provable", explainDoubt(receiver, doubts));
  say(`now look whether "${receiver}" got both`);
}

function isUndecided({ taken, lost }: Progress, channels: readonly Channel[]): boolean {
  return lost.length === 0 && taken.length < channels.length;
}

function findDoubts(receiver: string, all: Channels, busy: ReadonlySet<string>): Doubts {
  const others = [...all].filter(([name]) => name !== receiver && busy.has(name));
  return new Map(
    (all.get(receiver) ?? []).flatMap(({ kind }) => {
      const names = others.filter(([, channels]) => channels.some((one) => one.kind === kind));
      return names.length === 0 ? [] : [[kind, names.map(([name]) => name)]];
    }),
  );
}
