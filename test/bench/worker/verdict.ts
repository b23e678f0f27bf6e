import { OWN } from "./contestants.ts";
import type { Model } from "./model.ts";
import { BARE, BARE_SINGLE, type Measured } from "./rounds.ts";
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
  /** CPU of one prediction in microseconds: ours, theirs. */
  readonly cpuUs: readonly [number, number];
}

interface Promised {
  readonly what: string;
  readonly figure: "perSecond" | "p50Ms";
  readonly callers: number;
  readonly other: string;
  /** One of the two. */
  readonly atLeast?: number;
  readonly atMost?: number;
}

function promisesOf({ isFullSize }: Model): readonly Promised[] {
  const throughput = { what: "throughput at 32 callers", figure: "perSecond", callers: 32 } as const;
  return [
    { ...throughput, other: BARE, atLeast: isFullSize ? 0.9 : 0.8 },
    // A small model spends its time elsewhere, so that nothing is promised for it.
    ...(isFullSize ? [{ ...throughput, other: "transformers.js", atLeast: 1.35 }] : []),
    { ...throughput, other: "fastapi-pytorch", atLeast: 5 },
    { ...throughput, other: "fastapi-onnxruntime", atLeast: 1.3 },
    { what: "p50 at 1 caller", figure: "p50Ms", callers: 1, other: BARE_SINGLE, atMost: 1.15 },
  ];
}

/** Only of what was measured. */
export function judge(model: Model, rows: readonly Row[], measured: readonly Measured[]): readonly Verdict[] {
  return promisesOf(model).flatMap(({ what, figure, callers, other, atLeast, atMost }): Verdict[] => {
    const rowOf = (name: string) => rows.find((row) => row.contestant === name && row.callers === callers);
    const [own, others] = [rowOf(OWN), rowOf(other)];
    if (own === undefined || others === undefined) return [];
    const roundsOf = (name: string) =>
      measured.filter((one) => one.contestant === name && one.callers === callers).map((one) => one[figure]);
    const otherRounds = roundsOf(other);
    const ratios = roundsOf(OWN).map((value, round) => value / (otherRounds[round] ?? Number.NaN));
    const ratio = own[figure] / others[figure];
    return [
      {
        promise: `${what} ${atLeast === undefined ? `≤ ${atMost}` : `≥ ${atLeast}`} × ${other}`,
        ...{ ratio, least: Math.min(...ratios), most: Math.max(...ratios) },
        reached: ratio >= (atLeast ?? 0) && ratio <= (atMost ?? Number.POSITIVE_INFINITY),
        cpuUs: [own.cpuUs, others.cpuUs],
      },
    ];
  });
}
