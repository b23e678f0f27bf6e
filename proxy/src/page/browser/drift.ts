/** How far answered labels are from others: those of the model's reference data, or of its own past. */
export interface Drift {
  /** Population stability index: Σ (now − baseline) · ln(now / baseline). */
  readonly index: number;
  /** What the index exceeds in one of a hundred windows without any drift. */
  readonly critical: number;
  /** Answers now, and those that they are compared with. */
  readonly samples: number;
  readonly referenceSamples: number;
}

/** By convention below 0.1 is no drift and above 0.2 is drift. */
const DRIFT_INDEX = 0.2;

/** Fewer answers now say nothing. */
export const DRIFT_SAMPLES = 200;

/** Fewer answers of its past are no past. */
const PAST_SAMPLES = 500;

/**
 * Half an answer is added to each label, because an empty one would make the index infinite: the same sum as
 * `model_version_feature:drift:psi1h` of Prometheus.
 * @param counts answers by label now
 * @param baseline shares by label of what they are compared with; empty where there is nothing
 * @param baselineSamples of how many answers those are
 * @returns undefined without a baseline, or without answers
 */
export function measureDrift(
  counts: Readonly<Record<string, number>>,
  baseline: Readonly<Record<string, number>>,
  baselineSamples: number,
): Drift | undefined {
  const labels = Object.keys(baseline);
  const samples = labels.reduce((sum, label) => sum + (counts[label] ?? 0), 0);
  if (labels.length === 0 || baselineSamples <= 0 || samples === 0) return undefined;
  const half = labels.length / 2;
  let index = 0;
  for (const label of labels) {
    const now = ((counts[label] ?? 0) + 0.5) / (samples + half);
    const then = ((baseline[label] ?? 0) * baselineSamples + 0.5) / (baselineSamples + half);
    index += (now - then) * Math.log(now / then);
  }
  const critical = (1 / samples + 1 / baselineSamples) * chiSquared99(labels.length - 1);
  return { index, critical, samples, referenceSamples: baselineSamples };
}

export function isFar({ index, critical, samples }: Drift): boolean {
  return samples >= DRIFT_SAMPLES && index > DRIFT_INDEX && index > critical;
}

/**
 * Few services get texts like the reference data, so that to be far from it is no event: a model drifts when it is, and
 * is as far from its own past.
 */
export function hasDrifted(fromReference: Drift | undefined, fromPast: Drift | undefined): boolean {
  if (fromReference === undefined || fromPast === undefined) return false;
  return isFar(fromReference) && isFar(fromPast) && fromPast.referenceSamples >= PAST_SAMPLES;
}

/** The value that one of a hundred exceeds; by Wilson and Hilferty, 1 % too low at one degree of freedom, closer above. */
function chiSquared99(degrees: number): number {
  if (degrees < 1) return 0;
  const spread = 2 / (9 * degrees);
  return degrees * (1 - spread + 2.326_347_9 * Math.sqrt(spread)) ** 3;
}
