import { z } from "zod";

/** A chart needs no more points than it has pixels for. */
const MOST_POINTS = 240;

const DECISIONS = ["better", "worse", "no_difference", "breached", "open"] as const;
const moment = z.number().nullable();
const point = z.object({
  at: z.number(),
  difference: z.object({ value: z.number(), low: z.number(), high: z.number() }),
});

/** What a comparison of one metric remembers from look to look. */
export const progressState = z.object({
  decision: z.enum(DECISIONS),
  decidedAt: moment,
  /** Least p-value so far; null before one. */
  leastP: z.number().nullable(),
  /** Planned looks that have been taken. */
  plannedLooks: z.number().int(),
  /** Every how many-th look is kept for the chart. */
  stride: z.number().int().min(1),
  /** Looks with an interval. */
  seen: z.number().int(),
  points: z.array(point),
});

export type ProgressState = z.infer<typeof progressState>;

export function newProgress(): ProgressState {
  return { decision: "open", decidedAt: null, leastP: null, plannedLooks: 0, stride: 1, seen: 0, points: [] };
}

/** Decides unless that was done before: decisions do not flip back. */
export function decide(progress: ProgressState, decision: ProgressState["decision"], at: number): void {
  if (progress.decision !== "open" || decision === "open") return;
  progress.decision = decision;
  progress.decidedAt = at;
}

/** Keeps a look for the chart; when there are too many, every second goes, and from then on is left out. */
export function keepPoint(progress: ProgressState, point: ProgressState["points"][number]): void {
  if (progress.seen++ % progress.stride !== 0) return;
  progress.points.push(point);
  if (progress.points.length <= MOST_POINTS) return;
  progress.points = progress.points.filter((_, index) => index % 2 === 0);
  progress.stride *= 2;
}

export function lowerP(progress: ProgressState, pValue: number): number {
  progress.leastP = Math.min(progress.leastP ?? 1, pValue);
  return progress.leastP;
}
