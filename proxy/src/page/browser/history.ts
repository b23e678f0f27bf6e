import type { OpenSnapshot } from "../snapshot.ts";
import { gain, minus, overlay, plus } from "./counters.ts";
import {
  type Activity,
  keysOf,
  type ProcessCounters,
  type ProcessWords,
  type VariantCounters,
  wordsOf,
} from "./processes.ts";
import { LONGEST_SPAN_MS } from "./spans.ts";

/** What all processes together have gained up to a moment, since the page first heard of each. */
export interface Entry {
  /** Milliseconds since 1970, by the gateway's clock. */
  readonly at: number;
  readonly gained: Gained;
}

type Gained = {
  readonly variants: Readonly<Record<string, VariantCounters>>;
  /** By the process's key. */
  readonly activity: Readonly<Record<string, Activity>>;
};

interface KnownProcess {
  /** What it said last. */
  readonly said: ProcessWords;
  /** Of the last snapshot that spoke of it, whether it answered or not. */
  readonly listedAt: number;
}

/** The past of one phase of one experiment, in the page's memory and nowhere else. */
export interface History {
  readonly phase: string;
  /** By key; those that are no longer spoken of are kept for a while, as a name that leads nowhere may lead there again. */
  readonly processes: Readonly<Record<string, KnownProcess>>;
  /** Ascending in time, bounded. */
  readonly entries: readonly Entry[];
}

export interface Increase extends Gained {
  /** How long the stretch really was: the page may know less than was asked. */
  readonly lengthMs: number;
}

/** Of entries and of processes: beyond the longest span, so that it begins with an entry. */
const KEPT_MS = LONGEST_SPAN_MS + 10_000;
const MAX_ENTRIES = 600;

/** Two entries need not be exactly a span apart to count as that. */
const SLACK_MS = 1_500;

export const NO_HISTORY: History = { phase: "", processes: {}, entries: [] };

/** The history with one more snapshot; begun anew with another experiment or phase, or when the clock was put back. */
export function remember(history: History, snapshot: OpenSnapshot): History {
  const { at, experiment } = snapshot;
  const phase = `${experiment.phase} ${experiment.name}`;
  const last = history.entries.at(-1);
  const isNew = phase !== history.phase || (last !== undefined && at < last.at);
  if (!isNew && at === last?.at) return history;
  const past = isNew ? NO_HISTORY : history;
  const said = wordsOf(snapshot);
  const processes = know(past, said, keysOf(snapshot), at);
  const gained = addGains(past, said, processes);
  const entries = [...past.entries, { at, gained }].filter((entry) => entry.at >= at - KEPT_MS);
  return { phase, processes, entries: entries.slice(-MAX_ENTRIES) };
}

/** What the processes that are listed now counted since each began. */
export function sinceStart({ processes, entries }: History): Readonly<Record<string, VariantCounters>> {
  const now = entries.at(-1)?.at;
  return Object.values(processes)
    .filter(({ listedAt }) => listedAt === now)
    .reduce<Readonly<Record<string, VariantCounters>>>(
      (sum, { said }) => plus(sum, said.counters.variants),
      {},
    );
}

/** What was gained in the time before now; undefined where no earlier entry is near enough. */
export function increase(history: History, lengthMs: number): Increase | undefined {
  const now = history.entries.at(-1);
  const begin = now && beginOf(history, now, lengthMs);
  if (now === undefined || begin === undefined) return undefined;
  return { ...minus(now.gained, begin.gained), lengthMs: now.at - begin.at };
}

/** The entry with which the stretch begins that ends with another; undefined where none is near enough. */
export function beginOf({ entries }: History, end: Entry, lengthMs: number): Entry | undefined {
  const begin = entries.find(({ at }) => at >= end.at - lengthMs - SLACK_MS);
  return begin === undefined || begin.at >= end.at ? undefined : begin;
}

function know(
  past: History,
  said: Readonly<Record<string, ProcessWords>>,
  listed: ReadonlySet<string>,
  at: number,
): Readonly<Record<string, KnownProcess>> {
  const known: Record<string, KnownProcess> = {};
  for (const [key, process] of Object.entries(past.processes))
    if (listed.has(key)) known[key] = { ...process, listedAt: at };
    else if (at - process.listedAt <= KEPT_MS) known[key] = process;
  for (const [key, now] of Object.entries(said)) {
    const before = known[key]?.said;
    // What a process leaves out for a while, as a variant of another configuration, it had counted all the same.
    const isSame = now.life !== undefined && now.life === before?.life;
    const counters = isSame ? overlay(before.counters, now.counters) : now.counters;
    known[key] = { said: { counters, life: now.life }, listedAt: at };
  }
  return known;
}

function addGains(
  past: History,
  said: Readonly<Record<string, ProcessWords>>,
  known: Readonly<Record<string, KnownProcess>>,
): Gained {
  let { variants, activity }: Gained = past.entries.at(-1)?.gained ?? { variants: {}, activity: {} };
  activity = Object.fromEntries(Object.entries(activity).filter(([key]) => key in known));
  for (const [key, now] of Object.entries(said)) {
    const before = past.processes[key]?.said;
    if (before === undefined) continue;
    const gained = gainOf(now, before);
    variants = plus(variants, gained.variants);
    activity = plus(activity, { [key]: gained.activity });
  }
  return { variants, activity };
}

function gainOf(now: ProcessWords, before: ProcessWords): ProcessCounters {
  if (now.life !== before.life) return now.counters;
  const gained = now.life === undefined ? gain : minus;
  return gained(now.counters, before.counters);
}
