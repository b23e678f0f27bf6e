import type { Verdict } from "../../analysis/src/verdict/verdict.ts";
import type { Promised } from "./share.ts";

export interface StudyOptions {
  readonly runs: number;
  readonly seed: number;
  /** Whether every run goes through the text of `/metrics`; else the first does. */
  readonly isText: boolean;
  /** Told while it runs. */
  readonly say: (line: string) => void;
}

/** What a study found: figures for people, and the promises it checked. */
export interface StudyResult {
  readonly lines: readonly string[];
  readonly promises: readonly Promised[];
}

export type Study = (options: StudyOptions) => Promise<StudyResult>;

/** Seeds of runs stay apart from each other and from other studies' by the golden ratio's bits. */
export function seedOf({ seed }: StudyOptions, run: number): number {
  return (seed + Math.imul(run, 0x9e3779b1)) >>> 0;
}

export function primaryOf(verdict: Verdict) {
  const metric = verdict.comparisons[0]?.metrics.find(({ kind }) => kind === "primary");
  if (metric === undefined) throw new Error("a verdict without a primary metric");
  return metric;
}

export function guardrailsOf(verdict: Verdict) {
  return verdict.comparisons.flatMap(({ metrics }) => metrics.filter(({ kind }) => kind === "guardrail"));
}
