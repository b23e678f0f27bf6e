import type { OpenSnapshot, VariantFacts } from "../snapshot.ts";
import { type Drift, measureDrift } from "./drift.ts";
import { countOf, type Histogram, meanOf, quantileOf } from "./histogram.ts";
import type { VariantCounters } from "./processes.ts";

/** One variant over the span; shares are 0 to 1 and undefined where there is nothing to divide by. */
export interface VariantFigures extends VariantFacts {
  /** Its place in the file: decides its colour and line. */
  readonly index: number;
  /** Hashed decisions, what the weights predict of them, and the shares of both among all variants. */
  readonly assignments: number;
  readonly expectedAssignments: number;
  readonly assignmentShare: number | undefined;
  readonly expectedShare: number | undefined;
  /** Answers whose first byte left. */
  readonly exposures: number;
  readonly exposureShare: number | undefined;
  readonly requests: number;
  readonly requestsByStatus: Readonly<Record<string, number>>;
  /** Of all requests, as callers saw them. */
  readonly serverErrorShare: number | undefined;
  /** Of answers with status 200, as callers waited for them. */
  readonly wait: LatencyFigures;
  /** The run of the model that served a text. */
  readonly inference: LatencyFigures;
  readonly labels: readonly LabelFigures[];
  /** Whether its model has reference data. */
  readonly hasReference: boolean;
  /** Of the labels in the span from the reference data. */
  readonly fromReference: Drift | undefined;
  readonly recently: RecentDrift;
}

/** Of the labels of late, whatever the span: "since the start" has no past to have moved from. */
export interface RecentDrift {
  readonly fromReference: Drift | undefined;
  /** From what the model answered before. */
  readonly fromPast: Drift | undefined;
}

type Counted = Readonly<Record<string, VariantCounters>>;

export interface LatencyFigures {
  readonly count: number;
  /** Seconds; undefined where nothing was observed. */
  readonly mean: number | undefined;
  readonly p50: number | undefined;
  readonly p99: number | undefined;
}

export interface LabelFigures {
  readonly label: string;
  readonly count: number;
  readonly share: number | undefined;
  /** In the reference data; undefined where the model has none. */
  readonly baseline: number | undefined;
}

/**
 * The variants side by side, in file order.
 * @param counted in the span
 * @param recent of late, and `ever` since the processes began: what drift is told from
 */
export function compare(
  snapshot: Pick<OpenSnapshot, "variants" | "workers">,
  counted: Counted,
  { recent = {}, ever = {} }: { readonly recent?: Counted; readonly ever?: Counted } = {},
): VariantFigures[] {
  const all = snapshot.variants.map(({ name }) => counted[name] ?? {});
  const assignments = sum(all.map((one) => one.assignments ?? 0));
  const expected = sum(all.map((one) => one.expectedAssignments ?? 0));
  const exposures = sum(all.map((one) => one.exposures ?? 0));
  return snapshot.variants.map((variant, index) => {
    const own = all[index] ?? {};
    const requestsByStatus = own.requests ?? {};
    const requests = sum(Object.values(requestsByStatus));
    const failed = sum(
      Object.entries(requestsByStatus).map(([status, count]) => (status.startsWith("5") ? count : 0)),
    );
    return {
      ...variant,
      index,
      assignments: own.assignments ?? 0,
      expectedAssignments: own.expectedAssignments ?? 0,
      assignmentShare: share(own.assignments, assignments),
      expectedShare: share(own.expectedAssignments, expected),
      exposures: own.exposures ?? 0,
      exposureShare: share(own.exposures, exposures),
      requests,
      requestsByStatus,
      serverErrorShare: share(failed, requests),
      wait: summarise(own.wait),
      inference: summarise(own.inference),
      ...compareLabels(snapshot, variant.name, {
        counts: labelCounts(own),
        recent: labelCounts(recent[variant.name]),
        ever: labelCounts(ever[variant.name]),
      }),
    };
  });
}

/** By how much the treatment's mean is above the control's: 0.15 is "15 % slower". */
export function slowerRatio(control: LatencyFigures, treatment: LatencyFigures): number | undefined {
  if (control.mean === undefined || treatment.mean === undefined || control.mean === 0) return undefined;
  return treatment.mean / control.mean - 1;
}

function compareLabels(
  { workers }: Pick<OpenSnapshot, "workers">,
  variant: string,
  { counts, recent, ever }: Readonly<Record<"counts" | "recent" | "ever", Readonly<Record<string, number>>>>,
): Pick<VariantFigures, "labels" | "hasReference" | "fromReference" | "recently"> {
  const reference = workers.find(
    (worker) => worker.variant === variant && (worker.numbers?.baselineSamples ?? 0) > 0,
  )?.numbers;
  const baseline = reference?.labelBaseline ?? {};
  const fromBaseline = (labels: typeof counts) =>
    measureDrift(labels, baseline, reference?.baselineSamples ?? 0);
  const all = sum(Object.values(counts));
  const past = Object.entries(ever).map(([label, count]) => ({
    label,
    count: Math.max(0, count - (recent[label] ?? 0)),
  }));
  const allPast = sum(past.map(({ count }) => count));
  const pastShares = Object.fromEntries(past.map(({ label, count }) => [label, count / allPast]));
  const labels = [...new Set([...Object.keys(counts), ...Object.keys(baseline)])].sort((a, b) =>
    a.localeCompare(b),
  );
  return {
    labels: labels.map((label) => {
      const count = counts[label] ?? 0;
      return { label, count, share: share(count, all), baseline: baseline[label] };
    }),
    hasReference: reference !== undefined,
    fromReference: fromBaseline(counts),
    recently: { fromReference: fromBaseline(recent), fromPast: measureDrift(recent, pastShares, allPast) },
  };
}

/** Answered predictions; failed ones have no label. */
function labelCounts(counters: VariantCounters | undefined): Readonly<Record<string, number>> {
  const { none: _, ...counts } = counters?.predictions?.["200"] ?? {};
  return counts;
}

function summarise(histogram: Histogram | undefined): LatencyFigures {
  return {
    count: countOf(histogram),
    mean: meanOf(histogram),
    p50: quantileOf(0.5, histogram),
    p99: quantileOf(0.99, histogram),
  };
}

function share(part: number | undefined, whole: number): number | undefined {
  return whole === 0 ? undefined : (part ?? 0) / whole;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
