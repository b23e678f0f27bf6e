import type { Measured } from "./rounds.ts";
import type { Row } from "./summary.ts";

/** What blindsplit promises beside another contestant of the same run. */
export interface Verdict {
  readonly promise: string;
  /** Of the medians; this is what is judged. */
  readonly ratio: number;
  /** The least and the most of the rounds: how sure the ratio is. */
  readonly least: number;
  readonly most: number;
  readonly reached: boolean;
}

interface Promised {
  readonly what: string;
  readonly phase: "small" | "rate";
  readonly figure: "cpuUs" | "p99Us";
  readonly other: string;
  readonly limit: number;
}

const OWN = "blindsplit";
const PROMISES: readonly Promised[] = [
  { what: "CPU per request", phase: "small", figure: "cpuUs", other: "envoy", limit: 1 },
  { what: "CPU per request", phase: "small", figure: "cpuUs", other: "http-proxy-3", limit: 0.6 },
  { what: "CPU per request", phase: "small", figure: "cpuUs", other: "bare", limit: 1.25 },
  { what: "p99 at the fixed rate", phase: "rate", figure: "p99Us", other: "envoy", limit: 2 },
];

/** Only of what was measured. */
export function judge(rows: readonly Row[], measured: readonly Measured[]): readonly Verdict[] {
  return PROMISES.flatMap(({ what, phase, figure, other, limit }): Verdict[] => {
    const medianOf = (name: string) =>
      rows.find(({ contestant }) => contestant === name)?.phases[phase]?.[figure];
    const [own, others] = [medianOf(OWN), medianOf(other)];
    if (own === undefined || others === undefined) return [];
    const roundsOf = (name: string) =>
      measured.filter((one) => one.contestant === name && one.phase === phase).map((one) => one[figure]);
    const otherRounds = roundsOf(other);
    const ratios = roundsOf(OWN).map(
      (value, round) => (value ?? Number.NaN) / (otherRounds[round] ?? Number.NaN),
    );
    const ratio = own / others;
    const promise = `${what} ≤ ${limit} × ${other}`;
    return [
      { promise, ratio, least: Math.min(...ratios), most: Math.max(...ratios), reached: ratio <= limit },
    ];
  });
}
