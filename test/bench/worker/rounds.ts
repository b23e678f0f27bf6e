import { CommandError } from "../../../worker/evaluation/command-error.ts";
import { nearestRank } from "../../../worker/evaluation/latency.ts";
import type { Callers, Slice } from "./callers.ts";
import { BATCHES, type Ceiling, type Pass } from "./ceiling.ts";
import type { Runner } from "./field.ts";
import type { Reference } from "./proof.ts";

/** onnxruntime itself: in the best batch, and with one text a run. */
export const BARE = "bare";
export const BARE_SINGLE = "bare-1";

/** One slice of one round. */
export interface Measured {
  readonly contestant: string;
  readonly callers: number;
  readonly round: number;
  readonly predictions: number;
  readonly perSecond: number;
  /** User and system time of the server, all its threads. */
  readonly cpuUs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** p50 of the texts of 28 to 32 tokens; undefined where none was answered, and of batches. */
  readonly thirtyMs: number | undefined;
  readonly failed: number;
  /** Answers with another label than a single run gives; undefined where they cannot be compared. */
  readonly otherLabel: number | undefined;
  readonly residentBytes: number | undefined;
  readonly healthMs: readonly number[];
  /** How busy the callers' core was. */
  readonly callersShare: number;
}

export interface Track {
  readonly runners: readonly Runner[];
  readonly ceiling: Ceiling;
  /** The ceiling's best batch. */
  readonly batch: number;
  readonly callers: Callers;
  /** Tokens of each text. */
  readonly lengths: readonly number[];
  /** What the contestant should answer; undefined where that cannot be known. */
  referenceOf(runner: Runner): Reference | undefined;
  say(line: string): void;
}

/** Predictions per second of CPU of each batch size, over all texts: with one thread that is time, whoever else has the core. */
export async function tryBatches(ceiling: Ceiling): Promise<ReadonlyMap<number, number>> {
  const tries = new Map<number, number>();
  for (const batch of BATCHES) {
    const { texts, cpuSeconds } = await ceiling.run(batch, 1);
    tries.set(batch, texts / cpuSeconds);
  }
  return tries;
}

const WARM_UP = { callers: 8, seconds: 2 };
/** Each round begins elsewhere in the texts. */
const STRIDE = 97;

export async function warmUp(track: Track): Promise<void> {
  for (const runner of track.runners) await measure(track, runner, WARM_UP.callers, WARM_UP.seconds, 0);
}

/** Every number of callers with every contestant in every round, each time beginning with another one. */
export async function measureRounds(
  track: Track,
  callers: readonly number[],
  rounds: number,
  seconds: number,
): Promise<readonly Measured[]> {
  const measured: Measured[] = [];
  for (let round = 1; round <= rounds; round++)
    for (const [phase, count] of callers.entries())
      for (const entrant of rotate(entrantsAt(track, count), round + phase)) {
        const result = await measure(track, entrant, count, seconds, round);
        measured.push(result);
        track.say(lineOf(result));
      }
  return measured;
}

type Entrant = Runner | typeof BARE | typeof BARE_SINGLE;

/** What onnxruntime does alone is measured among those that are compared with it. */
function entrantsAt({ runners }: Track, callers: number): readonly Entrant[] {
  const asked = runners.filter(({ contestant }) => contestant.callers?.includes(callers) ?? true);
  if (callers === 1) return [BARE_SINGLE, ...asked];
  return callers === 32 ? [BARE, ...asked] : asked;
}

function rotate<T>(list: readonly T[], by: number): readonly T[] {
  const at = by % list.length;
  return [...list.slice(at), ...list.slice(0, at)];
}

async function measure(
  track: Track,
  entrant: Entrant,
  callers: number,
  seconds: number,
  round: number,
): Promise<Measured> {
  const { lengths } = track;
  if (entrant === BARE || entrant === BARE_SINGLE) {
    const batch = entrant === BARE ? track.batch : 1;
    return ofPass(entrant, await track.ceiling.run(batch, seconds), batch, lengths, callers, round);
  }
  const { port, child, contestant } = entrant;
  const expected = track.referenceOf(entrant)?.labels;
  const offset = (round * STRIDE) % lengths.length;
  const order = { port, pid: child.pid, callers, seconds, offset, expected };
  const slice = await track.callers.slice(order).catch((cause: unknown) => {
    if (child.running()) throw cause;
    throw new CommandError("ended", `${child.name} ended while it was measured:\n${child.said()}`, { cause });
  });
  return ofSlice(contestant.name, slice, lengths, callers, round);
}

function ofSlice(
  contestant: string,
  slice: Slice,
  lengths: readonly number[],
  callers: number,
  round: number,
): Measured {
  const { answers, seconds, cpuSeconds, healthMs, ownShare } = slice;
  return {
    ...{ contestant, callers, round, predictions: answers.length, healthMs, callersShare: ownShare },
    ...latencies(answers, lengths),
    ...{ failed: slice.failed, otherLabel: slice.otherLabel, residentBytes: slice.residentBytes },
    perSecond: answers.length / seconds,
    cpuUs: (cpuSeconds * 1e6) / answers.length,
  };
}

function ofPass(
  contestant: string,
  pass: Pass,
  batch: number,
  lengths: readonly number[],
  callers: number,
  round: number,
): Measured {
  const { texts, seconds, cpuSeconds, runs } = pass;
  const times = latencies(runs, lengths);
  return {
    ...{ contestant, callers, round, predictions: texts, ...times, failed: 0, otherLabel: undefined },
    ...{ residentBytes: undefined, healthMs: [], callersShare: 0 },
    thirtyMs: batch === 1 ? times.thirtyMs : undefined,
    perSecond: texts / seconds,
    cpuUs: (cpuSeconds * 1e6) / texts,
  };
}

/** Texts of about 30 tokens, the length by which the reference system is quoted. */
const THIRTY = { least: 28, most: 32 };

function latencies(answers: readonly { text: number; ms: number }[], lengths: readonly number[]) {
  const sorted = answers.map(({ ms }) => ms).sort((a, b) => a - b);
  const thirty = answers
    .filter(({ text }) => {
      const length = lengths[text] ?? 0;
      return length >= THIRTY.least && length <= THIRTY.most;
    })
    .map(({ ms }) => ms)
    .sort((a, b) => a - b);
  return {
    p50Ms: nearestRank(sorted, 0.5) ?? Number.NaN,
    p99Ms: nearestRank(sorted, 0.99) ?? Number.NaN,
    thirtyMs: nearestRank(thirty, 0.5) ?? undefined,
  };
}

function lineOf(measured: Measured): string {
  const { round, callers, contestant, perSecond, cpuUs, p50Ms, p99Ms, failed, otherLabel } = measured;
  const failures = failed === 0 ? "" : `, ${failed} FAILED`;
  const other = (otherLabel ?? 0) === 0 ? "" : `, ${otherLabel} of ${measured.predictions} another label`;
  const latency = `p50 ${p50Ms.toFixed(2)} ms, p99 ${p99Ms.toFixed(2)} ms`;
  return `round ${round}, ${callers} callers, ${contestant}: ${perSecond.toFixed(1)}/s, ${cpuUs.toFixed(0)} µs CPU, ${latency}${other}${failures}`;
}
