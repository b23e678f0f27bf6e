import type { Sight } from "./caller.ts";
import type { SparseRow } from "./logistic.ts";

/** Their values are the caller's or the clock's: what may be told of them is their form. */
const FREE_VALUES = new Set(["date", "x-request-id"]);
/** A category that a training half has less often says nothing that could be learned. */
const LEAST_OFTEN = 5;

/** What a distinguisher may learn from: names with numbers; each is looked at within its situation and on its own. */
function features(situation: string, sight: Sight): Map<string, number> {
  const found = new Map<string, number>();
  const say = (name: string, value = 1) => {
    found.set(name, value);
    found.set(`${situation}: ${name}`, value);
  };
  say(`version ${sight.version}`);
  say(`status ${sight.status}`);
  say(`reason ${sight.reason}`);
  for (const [at, head] of sight.interim.entries()) say(`interim ${at} ${head}`);
  say(`order ${sight.fields.map(([name]) => name).join()}`);
  for (const [name, value] of sight.fields) {
    say(`field ${name}`);
    say(`value ${name}: ${FREE_VALUES.has(name.toLowerCase()) ? value.replaceAll(/[\w-]/g, "x") : value}`);
  }
  say(`framing ${sight.framing}`);
  say(`chunks ${sight.chunkSizes.join()}`);
  say(`closed ${sight.closed}`);
  say(`broken ${sight.broken}`);
  say("head bytes", sight.headBytes);
  say("body bytes", sight.bodyBytes);
  say("chunk count", sight.chunkSizes.length);
  return found;
}

export interface Seen {
  readonly situation: string;
  readonly sight: Sight;
  /** The variant: 0 or 1. */
  readonly label: number;
}

export interface Matrix {
  readonly training: readonly SparseRow[];
  readonly held: readonly SparseRow[];
  readonly columns: number;
  /** Names of the columns whose values differ between the labels in any situation of the training half. */
  readonly telling: readonly string[];
}

/** Columns are made from the training half alone. */
export function tabulate(training: readonly Seen[], held: readonly Seen[]): Matrix {
  const named = training.map(({ situation, sight }) => features(situation, sight));
  const counts = new Map<string, number>();
  for (const row of named) for (const name of row.keys()) counts.set(name, (counts.get(name) ?? 0) + 1);
  const names = [...counts].flatMap(([name, count]) => (count >= LEAST_OFTEN ? name : []));
  const columns = new Map(names.map((name, column) => [name, column]));
  const toRow = (row: ReadonlyMap<string, number>): SparseRow => {
    const present = [...row].filter(([name, value]) => columns.has(name) && value !== 0);
    return {
      columns: present.map(([name]) => columns.get(name) ?? 0),
      values: present.map(([, value]) => value),
    };
  };
  return {
    training: named.map(toRow),
    held: held.map(({ situation, sight }) => toRow(features(situation, sight))),
    columns: names.length,
    telling: names.filter((name) => isTelling(name, named, training)),
  };
}

/** Whether a column of one situation has different sets of values under the two labels. */
function isTelling(
  name: string,
  rows: readonly ReadonlyMap<string, number>[],
  seen: readonly Seen[],
): boolean {
  const [situation] = name.split(": ", 1);
  const values = [new Set<number>(), new Set<number>()];
  for (const [at, row] of rows.entries())
    if (seen[at]?.situation === situation) values[seen[at]?.label ?? 0]?.add(row.get(name) ?? 0);
  const [ofZero = new Set<number>(), ofOne = new Set<number>()] = values;
  return ofZero.size !== ofOne.size || [...ofZero].some((value) => !ofOne.has(value));
}
