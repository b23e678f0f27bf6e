import { judgeDifference, judgeRatio, type Verdict } from "../support/verdict.ts";
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
/** What a token may add to a request. */
const TOKENS_US = 5;
const PROMISES: readonly Promised[] = [
  { what: "CPU per request", phase: "small", figure: "cpuUs", other: "envoy", limit: 1 },
  { what: "CPU per request", phase: "small", figure: "cpuUs", other: "http-proxy-3", limit: 0.6 },
  { what: "CPU per request", phase: "small", figure: "cpuUs", other: "bare", limit: 1.25 },
  { what: "p99 at the fixed rate", phase: "rate", figure: "p99Us", other: "envoy", limit: 2 },
];

/** Only of what was measured. */
export function judge(rows: readonly Row[], measured: readonly Measured[]): readonly Verdict[] {
  const figuresOf = (name: string, { phase, figure }: Pick<Promised, "phase" | "figure">) => {
    const median = rows.find(({ contestant }) => contestant === name)?.phases[phase]?.[figure];
    const rounds = measured.filter((one) => one.contestant === name && one.phase === phase);
    return median === undefined
      ? undefined
      : { median, rounds: rounds.map((one) => one[figure] ?? Number.NaN) };
  };
  const ratios = PROMISES.flatMap((promised): Verdict[] => {
    const { what, other, limit } = promised;
    const [own, its] = [figuresOf(OWN, promised), figuresOf(other, promised)];
    if (own === undefined || its === undefined) return [];
    return [judgeRatio(what, { atMost: limit }, other, own, its)];
  });
  const cpu = { phase: "small", figure: "cpuUs" } as const;
  const [own, tokens] = [figuresOf(OWN, cpu), figuresOf("tokens", cpu)];
  if (own === undefined || tokens === undefined) return ratios;
  return [...ratios, judgeDifference("CPU per request with tokens", TOKENS_US, OWN, tokens, own)];
}
