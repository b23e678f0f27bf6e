import { judgeRatio, type Verdict } from "../support/verdict.ts";
import type { Measured } from "./rounds.ts";
import type { Row } from "./summary.ts";

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
    const figuresOf = (name: string) => {
      const median = rows.find(({ contestant }) => contestant === name)?.phases[phase]?.[figure];
      const rounds = measured.filter((one) => one.contestant === name && one.phase === phase);
      return median === undefined
        ? undefined
        : { median, rounds: rounds.map((one) => one[figure] ?? Number.NaN) };
    };
    const [own, its] = [figuresOf(OWN), figuresOf(other)];
    if (own === undefined || its === undefined) return [];
    return [judgeRatio(what, { atMost: limit }, other, own, its)];
  });
}
