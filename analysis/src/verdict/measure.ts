import type { MetricName } from "../../../proxy/src/config/analysis-config.ts";
import { type FeatureSpace, hitFeature, saidFeature, trueFeature } from "../evidence/feature.ts";

/** A metric's value of one variant, and how it changes with each feature: what a variance is linearised by. */
export interface Measured {
  readonly value: number;
  /** By feature. Its product with the features is 0, because every measure is of degree 0: twice the data, the same value. */
  readonly gradient: Float64Array;
  /** What a stratum is weighed by: the denominator. */
  readonly size: number;
  /** Of a yes or no, how often each came; else both are the count of values. */
  readonly yes: number;
  readonly no: number;
  /**
   * Variance if every answer stood for itself: the least that a yes or no can have. As if one more of each had come, so that
   * a service that fails always is not taken for one of which nothing is known. 0 of anything else.
   */
  readonly leastVariance: number;
}

/** A function of a variant's features. */
export interface Measure {
  /** The features that it is made of: a bucket without any of them is empty for it. */
  readonly uses: readonly number[];
  /** What its values lie between. */
  readonly range: Range;
  /**
   * Whether what is divided is counted in the same block of time as what it is divided by. Where it is reported later, such
   * as conversions of a night's file, the blocks' scores say when reports came, and nothing of bursts.
   */
  readonly isOfBlocks: boolean;
  /** Not a number where the features do not say, such as a recall of a class without truth. */
  value(features: Float64Array): number;
  /** Undefined where there is no value. */
  measure(features: Float64Array): Measured | undefined;
}

export type Range = readonly [least: number, most: number];

export const SHARE: Range = [0, 1];
const NUMBER: Range = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
const ERROR: Range = [0, Number.POSITIVE_INFINITY];

/** Of what nobody reports. */
const UNKNOWN: Measure = {
  uses: [],
  range: NUMBER,
  isOfBlocks: true,
  value: () => Number.NaN,
  measure: () => undefined,
};

/** @param classes those that are averaged over, of measures that are averages over classes */
export function measureOf(
  metric: MetricName,
  space: FeatureSpace,
  classes: readonly string[] = space.classes,
): Measure {
  switch (metric) {
    case "error_ratio":
      return shareOf(space, ["errors"], ["exposures"]);
    case "slow_ratio":
      return shareOf(space, ["slow"], ["exposures"]);
    case "conversion":
      return later(shareOf(space, ["converted"], ["exposures"]));
    case "correct_ratio":
      return shareOf(space, ["correct"], ["correct", "incorrect"]);
    case "accuracy":
      return shareOf(space, space.classes.map(hitFeature), space.classes.map(trueFeature));
    case "revenue":
      return later(meanOf(space, "revenue sum", "exposures", "revenue count"));
    case "rating":
    case "nps":
      return meanOf(space, `${metric} sum`, `${metric} count`);
    case "mean_absolute_error":
      return { ...meanOf(space, "rated absolute", "rated"), range: ERROR };
    case "root_mean_squared_error":
      return rootOf(meanOf(space, "rated squared", "rated"));
    case "macro_recall":
      return averageOf(classes.map((name) => recallOf(name, space)));
    case "macro_f1":
      return averageOf(classes.map((name) => f1Of(name, space)));
  }
}

/** Of the answers to a class, those that found it. */
export function recallOf(name: string, space: FeatureSpace): Measure {
  return shareOf(space, [hitFeature(name)], [trueFeature(name)]);
}

/** Of the answers that named a class, those that were right. */
export function precisionOf(name: string, space: FeatureSpace): Measure {
  return shareOf(space, [hitFeature(name)], [saidFeature(name)]);
}

/** 2·hits / (true + said), https://scikit-learn.org/stable/modules/model_evaluation.html#precision-recall-and-f-measures */
export function f1Of(name: string, space: FeatureSpace): Measure {
  const uses = positionsOf(space, [hitFeature(name), trueFeature(name), saidFeature(name)]);
  if (uses === undefined) return UNKNOWN;
  const [hits, truths, said] = uses as [number, number, number];
  const f1 = (features: Float64Array) =>
    at(features, truths) > 0
      ? (2 * at(features, hits)) / (at(features, truths) + at(features, said))
      : Number.NaN;
  return {
    uses,
    range: SHARE,
    isOfBlocks: true,
    value: f1,
    measure(features) {
      const value = f1(features);
      if (Number.isNaN(value)) return undefined;
      const sum = at(features, truths) + at(features, said);
      const gradient = new Float64Array(features.length);
      gradient[hits] = 2 / sum;
      gradient[truths] = -value / sum;
      gradient[said] = -value / sum;
      return { value, gradient, ...countsOf(at(features, hits), at(features, truths)) };
    },
  };
}

/** Of the decisions that count, those whose answer's first byte went to the caller. */
export function arrivalOf(space: FeatureSpace): Measure {
  return shareOf(space, ["exposures"], ["assigned"]);
}

/** Of the predictions, those whose truth is known. */
export function coverageOf(space: FeatureSpace): Measure {
  return later(shareOf(space, ["truths"], ["predictions"]));
}

/** Of the exposures, those that were judged right or wrong. */
export function judgedOf(space: FeatureSpace): Measure {
  return later(shareOf(space, ["correct", "incorrect"], ["exposures"]));
}

/** Its numerator is reported after its denominator was counted. */
function later(measure: Measure): Measure {
  return { ...measure, isOfBlocks: false };
}

/** A yes or no: the sum of some features over the sum of others. */
function shareOf(space: FeatureSpace, numerator: readonly string[], denominator: readonly string[]): Measure {
  const [above, below] = [positionsOf(space, numerator), positionsOf(space, denominator)];
  if (above === undefined || below === undefined) return UNKNOWN;
  return {
    uses: [...new Set([...above, ...below])],
    range: SHARE,
    isOfBlocks: true,
    value: (features) => sumOf(features, above) / sumOf(features, below),
    measure(features) {
      const y = sumOf(features, above);
      const n = sumOf(features, below);
      if (!(n > 0)) return undefined;
      const gradient = new Float64Array(features.length);
      for (const position of above) gradient[position] = at(gradient, position) + 1 / n;
      for (const position of below) gradient[position] = at(gradient, position) - y / n / n;
      return { value: y / n, gradient, ...countsOf(y, n) };
    },
  };
}

function countsOf(y: number, n: number): Pick<Measured, "size" | "yes" | "no" | "leastVariance"> {
  const smoothed = (y + 1) / (n + 2);
  return { size: n, yes: y, no: Math.max(0, n - y), leastVariance: (smoothed * (1 - smoothed)) / n };
}

/** @param counted feature whose count the events are, where it is not the denominator */
function meanOf(space: FeatureSpace, numerator: string, denominator: string, counted = denominator): Measure {
  const uses = positionsOf(space, [numerator, denominator, counted]);
  if (uses === undefined) return UNKNOWN;
  const [y, n, events] = uses as [number, number, number];
  return {
    uses: [...new Set(uses)],
    range: NUMBER,
    isOfBlocks: true,
    value: (features) => at(features, y) / at(features, n),
    measure(features) {
      const size = at(features, n);
      if (!(size > 0)) return undefined;
      const value = at(features, y) / size;
      const gradient = new Float64Array(features.length);
      gradient[y] = 1 / size;
      gradient[n] = -value / size;
      const count = at(features, events);
      return { value, gradient, size, yes: count, no: count, leastVariance: 0 };
    },
  };
}

/** Delta method: d√m = dm / (2√m). */
function rootOf(mean: Measure): Measure {
  return {
    uses: mean.uses,
    range: ERROR,
    isOfBlocks: mean.isOfBlocks,
    value: (features) => Math.sqrt(Math.max(0, mean.value(features))),
    measure(features) {
      const measured = mean.measure(features);
      if (measured === undefined) return undefined;
      const value = Math.sqrt(Math.max(0, measured.value));
      const factor = value > 0 ? 1 / (2 * value) : 0;
      return { ...measured, value, gradient: measured.gradient.map((slope) => slope * factor) };
    },
  };
}

/** Each weighing the same; unknown where one of them is. */
function averageOf(parts: readonly Measure[]): Measure {
  if (parts.length === 0) return UNKNOWN;
  return {
    uses: [...new Set(parts.flatMap(({ uses }) => uses))],
    range: SHARE,
    isOfBlocks: parts.every(({ isOfBlocks }) => isOfBlocks),
    value: (features) => parts.reduce((sum, part) => sum + part.value(features), 0) / parts.length,
    measure(features) {
      const gradient = new Float64Array(features.length);
      let [value, size, yes, no, leastVariance] = [0, 0, 0, 0, 0];
      for (const part of parts) {
        const measured = part.measure(features);
        if (measured === undefined) return undefined;
        value += measured.value / parts.length;
        size += measured.size;
        yes += measured.yes;
        no += measured.no;
        leastVariance += measured.leastVariance / parts.length ** 2;
        for (let position = 0; position < gradient.length; position++)
          gradient[position] = at(gradient, position) + at(measured.gradient, position) / parts.length;
      }
      return { value, gradient, size, yes, no, leastVariance };
    },
  };
}

/** Undefined where one of the features is not counted, or there is none. */
function positionsOf(space: FeatureSpace, names: readonly string[]): readonly number[] | undefined {
  const positions = names.flatMap((name) => space.position.get(name) ?? []);
  return positions.length === names.length && names.length > 0 ? positions : undefined;
}

function at(vector: Float64Array, position: number): number {
  return vector[position] as number;
}

function sumOf(features: Float64Array, positions: readonly number[]): number {
  let sum = 0;
  for (const position of positions) sum += at(features, position);
  return sum;
}
