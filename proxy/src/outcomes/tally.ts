import { bucketLabel, type OutcomeMetrics } from "../metrics/outcome-metrics.ts";
import type { Labels, NumberFamily } from "../metrics/series.ts";
import type { Outcome } from "./outcome.ts";

/** Some series of one family, as a snapshot keeps them. */
export interface Totals {
  readonly name: string;
  readonly series: readonly (readonly [labels: Labels, value: number])[];
}

export interface Delay {
  readonly labels: Labels;
  readonly counts: readonly number[];
  readonly sum: number;
}

/** When an outcome of a phase was counted last, in milliseconds since the epoch. */
export type PhaseMark = readonly [experiment: string, phase: string, at: number];

/** Writing so many takes about a millisecond. */
const SERIES_A_PIECE = 1_000;

/** Adds outcomes to the counters. */
export class Tally {
  readonly #metrics: OutcomeMetrics;
  readonly #phases = new Map<string, PhaseMark>();

  constructor(metrics: OutcomeMetrics) {
    this.#metrics = metrics;
  }

  /** @param at milliseconds since the epoch */
  count(outcome: Outcome, at: number): void {
    const { experiment, stratum, variant, analysisBucket, name, amount, labels, ratingError } = outcome;
    const metrics = this.#metrics;
    const phase = String(outcome.phase);
    const ofVariant = { experiment, phase, model_version: variant };
    const inBucket = {
      ...{ experiment, phase, stratum, model_version: variant },
      bucket: bucketLabel(analysisBucket),
    };
    metrics.outcomes.series({ ...ofVariant, outcome: name }).value++;
    metrics.bucketOutcomes.series({ ...inBucket, outcome: name }).value++;
    if (amount !== undefined) {
      metrics.bucketValues.series({ ...inBucket, outcome: name }).value += amount;
      metrics.bucketSquares.series({ ...inBucket, outcome: name }).value += amount * amount;
    }
    if (labels !== undefined) {
      const { truth: true_label, predicted: predicted_label } = labels;
      metrics.bucketConfusion.series({ ...inBucket, true_label, predicted_label }).value++;
    }
    if (ratingError !== undefined) {
      metrics.bucketRatings.series(inBucket).value++;
      metrics.bucketRatingErrors.series(inBucket).value += Math.abs(ratingError);
      metrics.bucketRatingSquares.series(inBucket).value += ratingError * ratingError;
    }
    metrics.delay.series({ experiment, model_version: variant }).observe(outcome.delaySeconds);
    this.#phases.set(`${experiment}\0${phase}`, [experiment, phase, at]);
  }

  /** What every counter has. Nothing may be counted before the last piece was taken. */
  *totals(): Generator<Totals> {
    for (const family of this.#families) {
      const { name } = family;
      const samples = family.samples();
      for (let start = 0; start < samples.length; start += SERIES_A_PIECE) {
        const piece = samples.slice(start, start + SERIES_A_PIECE);
        yield { name, series: piece.map(({ labels, value }) => [labels, value] as const) };
      }
    }
  }

  *delays(): Generator<Delay> {
    const { delay } = this.#metrics;
    for (const labels of delay.labelSets()) {
      const { counts, sum } = delay.series(labels);
      yield { labels, counts: [...counts], sum };
    }
  }

  phases(): Iterable<PhaseMark> {
    return this.#phases.values();
  }

  /** The series with these labels are gone. */
  forget({ experiment, phase, stratum }: Labels): void {
    if (stratum !== undefined) return;
    for (const [key, [name, number]] of this.#phases)
      if (name === experiment && (phase === undefined || phase === number)) this.#phases.delete(key);
  }

  /** Ends the series with these labels. */
  remove(labels: Labels): void {
    for (const family of [...this.#families, this.#metrics.delay]) family.remove(labels);
    this.forget(labels);
  }

  /** Each of these takes over what an earlier process had counted. */
  restoreTotals({ name, series }: Totals): void {
    const family = this.#families.find((one) => one.name === name);
    if (family === undefined) throw new Error(`no counter is called ${name}`);
    for (const [labels, value] of series) family.series(labels).value += value;
  }

  restoreDelay({ labels, counts, sum }: Delay): void {
    const series = this.#metrics.delay.series(labels);
    for (const [index, count] of counts.entries()) series.counts[index] = (series.counts[index] ?? 0) + count;
    series.sum += sum;
  }

  restorePhase(mark: PhaseMark): void {
    const [experiment, phase] = mark;
    this.#phases.set(`${experiment}\0${phase}`, mark);
  }

  /** Ends the phases that are of no use any more, whole, and experiments but the running one; returns what is gone. */
  removePhases(keeps: (...phase: PhaseMark) => boolean, running: string): readonly Labels[] {
    const removed: Labels[] = [];
    const end = (labels: Labels) => {
      this.remove(labels);
      removed.push(labels);
    };
    for (const mark of [...this.#phases.values()]) {
      const [experiment, phase] = mark;
      if (keeps(...mark)) continue;
      end({ experiment, phase });
      const isLast = ![...this.#phases.values()].some(([name]) => name === experiment);
      if (isLast && experiment !== running) end({ experiment });
    }
    return removed;
  }

  get #families(): readonly NumberFamily[] {
    const { outcomes, bucketOutcomes, bucketValues, bucketSquares, bucketConfusion } = this.#metrics;
    const { bucketRatings, bucketRatingErrors, bucketRatingSquares } = this.#metrics;
    return [
      ...[outcomes, bucketOutcomes, bucketValues, bucketSquares, bucketConfusion],
      ...[bucketRatings, bucketRatingErrors, bucketRatingSquares],
    ];
  }
}
