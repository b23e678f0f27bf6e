import { nearestRank } from "../../../worker/evaluation/latency.ts";
import { median } from "../support/median.ts";
import type { Measured } from "./rounds.ts";

/** One contestant asked by so many callers: medians over the rounds. */
export interface Row {
  readonly contestant: string;
  readonly callers: number;
  readonly perSecond: number;
  readonly cpuUs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly thirtyMs: number | undefined;
  /** Of all rounds together, as one round has few. */
  readonly healthP99Ms: number | undefined;
  /** The worst round. */
  readonly residentBytes: number | undefined;
  readonly predictions: number;
  readonly failed: number;
  readonly otherLabel: number | undefined;
}

/** In the order in which `names` and `callers` are given; what was not measured has no row. */
export function summarize(
  measured: readonly Measured[],
  names: readonly string[],
  callers: readonly number[],
): readonly Row[] {
  return callers.flatMap((count) =>
    names.flatMap((name): Row[] => {
      const own = measured.filter((one) => one.contestant === name && one.callers === count);
      return own.length === 0 ? [] : [rowOf(name, count, own)];
    }),
  );
}

function rowOf(contestant: string, callers: number, own: readonly Measured[]): Row {
  const medianOf = (read: (one: Measured) => number) => median(own.map(read));
  const there = (read: (one: Measured) => number | undefined) =>
    own.map(read).filter((value) => value !== undefined);
  const sum = (read: (one: Measured) => number) => own.reduce((total, one) => total + read(one), 0);
  const thirty = there(({ thirtyMs }) => thirtyMs);
  const others = there(({ otherLabel }) => otherLabel);
  const health = own.flatMap(({ healthMs }) => healthMs).sort((a, b) => a - b);
  return {
    contestant,
    callers,
    perSecond: medianOf(({ perSecond }) => perSecond),
    cpuUs: medianOf(({ cpuUs }) => cpuUs),
    p50Ms: medianOf(({ p50Ms }) => p50Ms),
    p99Ms: medianOf(({ p99Ms }) => p99Ms),
    thirtyMs: thirty.length === 0 ? undefined : median(thirty),
    healthP99Ms: nearestRank(health, 0.99) ?? undefined,
    residentBytes: most(there(({ residentBytes }) => residentBytes)),
    predictions: sum(({ predictions }) => predictions),
    failed: sum(({ failed }) => failed),
    otherLabel: others.length === 0 ? undefined : others.reduce((total, one) => total + one, 0),
  };
}

function most(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : Math.max(...values);
}
