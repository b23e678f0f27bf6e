import type { Collected } from "./collection.ts";
import type { MaskedSnapshot, MaskedVariant } from "./snapshot.ts";

/** Answers, and predictions, that every variant needs before any share is shown. */
const LEAST_COUNT = 5_000;
const LABEL_STEP = 0.05;
/**
 * How far a share may be from the one that was shown before it is shown anew. More than half a step, so that nobody
 * who moves it to and fro across a boundary can watch his own requests.
 */
const LABEL_STAYS = 0.8 * LABEL_STEP;
const ERROR_BOUNDS = [0, 0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1] as const;
/** The same for the bounds of errors, as a share of the bound. */
const ERRORS_STAY = 0.2;

export interface Masking {
  /** What was shown last, if it was of the same letters. */
  readonly previous: MaskedSnapshot | undefined;
  /** Milliseconds since 1970. */
  readonly nextAt: number;
}

/** Counters of one variant over all processes. */
interface Totals {
  readonly letter: string;
  readonly answers: number;
  readonly errors: number;
  /** Predictions by label; undefined where no process of it says any. */
  readonly labels: ReadonlyMap<string, number> | undefined;
}

/** What may be seen without learning which variant is which: nothing here comes from the file but the experiment. */
export function maskedSnapshot(collected: Collected, { previous, nextAt }: Masking): MaskedSnapshot {
  const { at, shape, letters, reloads } = collected;
  // Those of weight 0 too: a letter that is missing is that of the variant whose weight is 0.
  const totals = shape.variants
    .map(({ name }) => totalsOf(collected, name, letters.get(name) ?? ""))
    .sort((one, other) => (one.letter < other.letter ? -1 : 1));
  const before = new Map(previous?.variants.map((variant) => [variant.name, variant]));
  const errors = errorShares(totals, before);
  const labels = labelShares(totals, before);
  return {
    masked: true,
    at,
    nextAt,
    experiment: { name: shape.experiment, phase: shape.phase },
    requests: twoDigits(totals.reduce((sum, { answers }) => sum + answers, 0)),
    isAvailable: isAvailable(collected),
    variants: totals.map(({ letter }, index) => ({
      name: letter,
      errorShare: errors?.[index],
      labelShares: labels?.[index] ?? {},
    })),
    reloads: reloads.toReversed().map(({ at, result }) => ({ at, result })),
  };
}

function totalsOf({ gateways, workers }: Collected, variant: string, letter: string): Totals {
  let answers = 0;
  let errors = 0;
  for (const { numbers } of gateways)
    for (const [status, count] of Object.entries(numbers?.variants[variant]?.requests ?? {})) {
      answers += count;
      if (status.startsWith("5")) errors += count;
    }
  return {
    letter,
    answers,
    errors,
    labels: labelsOf(workers.filter((worker) => worker.variant === variant)),
  };
}

function labelsOf(workers: Collected["workers"]): ReadonlyMap<string, number> | undefined {
  const said = workers.flatMap(({ numbers }) => {
    const predictions = numbers?.predictions["200"];
    return predictions === undefined ? [] : [predictions];
  });
  if (said.length === 0) return undefined;
  const labels = new Map<string, number>();
  for (const counts of said)
    for (const [label, count] of Object.entries(counts))
      if (label !== "none") labels.set(label, (labels.get(label) ?? 0) + count);
  return labels;
}

function isAvailable({ shape, gateways }: Collected): boolean {
  return shape.variants.every(
    ({ name, weight }) =>
      weight === 0 ||
      gateways.every(
        ({ numbers }) => numbers === undefined || (numbers.variants[name]?.upstreamsHealthy ?? 0) > 0,
      ),
  );
}

/** For all variants or for none: one that is shown later than the other has the smaller weight. */
function errorShares(totals: readonly Totals[], before: ReadonlyMap<string, MaskedVariant>) {
  if (totals.some(({ answers }) => answers < LEAST_COUNT)) return undefined;
  return totals.map(({ letter, answers, errors }) => {
    const share = errors / answers;
    const shown = before.get(letter)?.errorShare;
    if (
      shown !== undefined &&
      share >= shown.atLeast * (1 - ERRORS_STAY) &&
      share < shown.below * (1 + ERRORS_STAY)
    )
      return shown;
    const above = ERROR_BOUNDS.findIndex((bound) => share < bound);
    const index = above < 0 ? ERROR_BOUNDS.length - 1 : above;
    return { atLeast: ERROR_BOUNDS[index - 1] ?? 0, below: ERROR_BOUNDS[index] ?? 1 };
  });
}

function labelShares(totals: readonly Totals[], before: ReadonlyMap<string, MaskedVariant>) {
  const [first, ...others] = totals.map(({ labels }) => labels);
  const common = [...(first?.keys() ?? [])]
    .filter((label) => others.every((labels) => labels?.has(label)))
    .toSorted((one, other) => (one < other ? -1 : 1));
  const counted = totals.map(({ labels }) =>
    common.reduce((sum, label) => sum + (labels?.get(label) ?? 0), 0),
  );
  if (common.length === 0 || counted.some((count) => count < LEAST_COUNT)) return undefined;
  return totals.map(({ letter, labels }, index) =>
    Object.fromEntries(
      common.map((label) => {
        const share = (labels?.get(label) ?? 0) / (counted[index] ?? 1);
        const shown = before.get(letter)?.labelShares[label];
        const stays = shown !== undefined && Math.abs(share - shown) <= LABEL_STAYS;
        return [label, stays ? shown : Math.round(share / LABEL_STEP) / Math.round(1 / LABEL_STEP)];
      }),
    ),
  );
}

/** 1234 → 1200, rounded down. */
function twoDigits(count: number): number {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, count))) - 1);
  return Math.floor(count / unit) * unit;
}
