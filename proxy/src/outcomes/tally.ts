import { bucketLabel, type OutcomeMetrics } from "../metrics/outcome-metrics.ts";
import type { Labels, NumberFamily } from "../metrics/series.ts";
import type { Outcome } from "./outcome.ts";

/** The totals of one process, as a snapshot keeps them. */
export interface Totals {
  readonly counters: readonly {
    readonly name: string;
    readonly series: readonly (readonly [labels: Labels, value: number])[];
  }[];
  readonly delays: readonly {
    readonly labels: Labels;
    readonly counts: readonly number[];
    readonly sum: number;
  }[];
  /** When an outcome of each phase was counted last, in milliseconds since the epoch. */
  readonly phases: readonly (readonly [experiment: string, phase: string, at: number])[];
}

/** Adds outcomes to the counters. */
export class Tally {
  readonly #metrics: OutcomeMetrics;
  readonly #phases = new Map<string, readonly [experiment: string, phase: string, at: number]>();

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

  totals(): Totals {
    const counters = this.#families.map((family) => ({
      name: family.name,
      series: family.samples().map(({ labels, value }) => [labels, value] as const),
    }));
    const { delay } = this.#metrics;
    const delays = [...delay.labelSets()].map((labels) => {
      const { counts, sum } = delay.series(labels);
      return { labels, counts: [...counts], sum };
    });
    return { counters, delays, phases: [...this.#phases.values()] };
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

  /** Takes over what another process had counted; `keeps` says which phases are still of use. */
  restore(totals: Totals, keeps: (experiment: string, phase: string, at: number) => boolean): void {
    const kept = totals.phases.filter((phase) => keeps(...phase));
    for (const phase of kept) this.#phases.set(`${phase[0]}\0${phase[1]}`, phase);
    const isKept = ({ experiment, phase }: Labels) => this.#phases.has(`${experiment}\0${phase}`);
    const families = new Map(this.#families.map((family) => [family.name, family]));
    for (const { name, series } of totals.counters)
      for (const [labels, value] of series)
        if (isKept(labels)) (families.get(name) as NumberFamily).series(labels).value += value;
    const experiments = new Set(kept.map(([experiment]) => experiment));
    for (const { labels, counts, sum } of totals.delays) {
      if (!experiments.has(labels.experiment ?? "")) continue;
      const series = this.#metrics.delay.series(labels);
      for (const [index, count] of counts.entries())
        series.counts[index] = (series.counts[index] ?? 0) + count;
      series.sum += sum;
    }
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
