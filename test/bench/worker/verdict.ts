import { judgeRatio, type Limit, type Verdict } from "../support/verdict.ts";
import { OWN } from "./contestants.ts";
import type { Model } from "./model.ts";
import { BARE, BARE_SINGLE, type Measured } from "./rounds.ts";
import type { Row } from "./summary.ts";

export interface WorkerVerdict extends Verdict {
  /** CPU of one prediction in microseconds: ours, theirs. */
  readonly cpuUs: readonly [number, number];
}

interface Promised {
  readonly what: string;
  readonly figure: "perSecond" | "p50Ms";
  readonly callers: number;
  readonly other: string;
  readonly limit: Limit;
}

function promisesOf({ isFullSize }: Model): readonly Promised[] {
  const throughput = { what: "throughput at 32 callers", figure: "perSecond", callers: 32 } as const;
  return [
    { ...throughput, other: BARE, limit: { atLeast: isFullSize ? 0.9 : 0.8 } },
    // A small model spends its time elsewhere, so that nothing is promised for it.
    ...(isFullSize ? [{ ...throughput, other: "transformers.js", limit: { atLeast: 1.35 } }] : []),
    { ...throughput, other: "fastapi-pytorch", limit: { atLeast: 5 } },
    { ...throughput, other: "fastapi-onnxruntime", limit: { atLeast: 1.3 } },
    { what: "p50 at 1 caller", figure: "p50Ms", callers: 1, other: BARE_SINGLE, limit: { atMost: 1.15 } },
  ];
}

/** Only of what was measured. */
export function judge(
  model: Model,
  rows: readonly Row[],
  measured: readonly Measured[],
): readonly WorkerVerdict[] {
  return promisesOf(model).flatMap(({ what, figure, callers, other, limit }): WorkerVerdict[] => {
    const isAsked = (name: string) => (one: Row | Measured) =>
      one.contestant === name && one.callers === callers;
    const [own, its] = [rows.find(isAsked(OWN)), rows.find(isAsked(other))];
    if (own === undefined || its === undefined) return [];
    const figuresOf = (row: Row) => ({
      median: row[figure],
      rounds: measured.filter(isAsked(row.contestant)).map((one) => one[figure]),
    });
    const verdict = judgeRatio(what, limit, other, figuresOf(own), figuresOf(its));
    return [{ ...verdict, cpuUs: [own.cpuUs, its.cpuUs] }];
  });
}
