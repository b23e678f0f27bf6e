import { median } from "../support/median.ts";
import { DIRECT, type Measured, type Phase } from "./rounds.ts";

/** Medians over the rounds; undefined where a phase was not measured. */
export interface PhaseMedians {
  readonly cpuUs: number | undefined;
  readonly perSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
}

export interface Row {
  readonly contestant: string;
  readonly phases: Readonly<Partial<Record<Phase, PhaseMedians>>>;
  /** Median latency of one connection, less that of the backend without a proxy. */
  readonly addedUs: number | undefined;
  readonly failed: number;
}

/** One row for each contestant, in the order of `names`. */
export function summarize(
  measured: readonly Measured[],
  names: readonly string[],
  phases: readonly Phase[],
): readonly Row[] {
  const mediansOf = (contestant: string, phase: Phase): PhaseMedians | undefined => {
    const own = measured.filter((one) => one.contestant === contestant && one.phase === phase);
    if (own.length === 0) return undefined;
    const cpu = own.flatMap(({ cpuUs }) => (cpuUs === undefined ? [] : [cpuUs]));
    return {
      cpuUs: cpu.length === 0 ? undefined : median(cpu),
      perSecond: median(own.map(({ requests, seconds }) => requests / seconds)),
      p50Us: median(own.map(({ p50Us }) => p50Us)),
      p99Us: median(own.map(({ p99Us }) => p99Us)),
    };
  };
  const direct = mediansOf(DIRECT, "single");
  return names.map((contestant) => {
    const medians = phases.flatMap((phase) => {
      const found = mediansOf(contestant, phase);
      return found === undefined ? [] : [[phase, found] as const];
    });
    const single = mediansOf(contestant, "single");
    const own = measured.filter((one) => one.contestant === contestant);
    return {
      contestant,
      phases: Object.fromEntries(medians),
      addedUs: single === undefined || direct === undefined ? undefined : single.p50Us - direct.p50Us,
      failed: own.reduce((sum, { failed }) => sum + failed, 0),
    };
  });
}
