import type { OpenSnapshot } from "../snapshot.ts";
import { gain, plus } from "./counters.ts";
import { countersOf, keysOf, type ProcessCounters, type VariantCounters } from "./processes.ts";
import { LONGEST_SPAN_MS } from "./spans.ts";

/** What all processes together have gained up to a moment, since the page first heard of each. */
export interface Entry {
  /** Milliseconds since 1970, by the gateway's clock. */
  readonly at: number;
  readonly gained: Gained;
}

type Gained = {
  readonly variants: Readonly<Record<string, VariantCounters>>;
  /** By the process's key: requests of a gateway, seconds in model runs of a worker. */
  readonly activity: Readonly<Record<string, number>>;
};

/** The past of one phase of one experiment, in the page's memory and nowhere else. */
export interface History {
  readonly phase: string;
  /** As each process said it last. */
  readonly processes: Readonly<Record<string, ProcessCounters>>;
  /** Ascending in time, bounded. */
  readonly entries: readonly Entry[];
}

export interface Increase extends Gained {
  /** How long the stretch really was: the page may know less than was asked. */
  readonly lengthMs: number;
}

/** Beyond the longest span, so that it begins with an entry. */
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
  const said = countersOf(snapshot);
  const listed = keysOf(snapshot);
  const known = Object.entries(past.processes).filter(([key]) => listed.has(key));
  const gained = addGains(past, said, listed);
  const entries = [...past.entries, { at, gained }].filter((entry) => entry.at >= at - KEPT_MS);
  return {
    phase,
    processes: { ...Object.fromEntries(known), ...said },
    entries: entries.slice(-MAX_ENTRIES),
  };
}

/** What the processes that are listed now counted since each began. */
export function sinceStart({ processes }: History): Readonly<Record<string, VariantCounters>> {
  return Object.values(processes).reduce<Readonly<Record<string, VariantCounters>>>(
    (sum, { variants }) => plus(sum, variants),
    {},
  );
}

/** What was gained in the time before now; undefined where no earlier entry is near enough. */
export function increase(history: History, lengthMs: number): Increase | undefined {
  const now = history.entries.at(-1);
  const begin = now && beginOf(history, now, lengthMs);
  if (now === undefined || begin === undefined) return undefined;
  return { ...gain(now.gained, begin.gained), lengthMs: now.at - begin.at };
}

/** The entry with which the stretch begins that ends with another; undefined where none is near enough. */
export function beginOf({ entries }: History, end: Entry, lengthMs: number): Entry | undefined {
  const begin = entries.find(({ at }) => at >= end.at - lengthMs - SLACK_MS);
  return begin === undefined || begin.at >= end.at ? undefined : begin;
}

function addGains(
  past: History,
  said: Readonly<Record<string, ProcessCounters>>,
  listed: ReadonlySet<string>,
): Gained {
  let { variants, activity }: Gained = past.entries.at(-1)?.gained ?? { variants: {}, activity: {} };
  activity = Object.fromEntries(Object.entries(activity).filter(([key]) => listed.has(key)));
  for (const [key, now] of Object.entries(said)) {
    const before = past.processes[key];
    if (before === undefined) continue;
    const { startedAt, ...counters } = now;
    const gained = startedAt === before.startedAt ? gain(counters, before) : counters;
    variants = plus(variants, gained.variants);
    activity = plus(activity, { [key]: gained.activity });
  }
  return { variants, activity };
}
