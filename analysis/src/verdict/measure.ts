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

/** Undefined where the features do not say, such as a recall of a class without truth. */
export type Measure = (features: Float64Array) => Measured | undefined;

/** The features that a measure is made of: a bucket without any of them is empty for it. */
export interface MeasureOf {
  readonly measure: Measure;
  readonly uses: readonly number[];
}

/** @param classes those that are averaged over, of measures that are averages over classes */
export function measureOf(
  metric: MetricName,
  space: FeatureSpace,
  classes: readonly string[] = space.classes,
): MeasureOf {
  const on = (names: readonly string[], build: (...positions: number[]) => Measure): MeasureOf => {
    const uses = names.flatMap((name) => space.position.get(name) ?? []);
    return { uses, measure: uses.length === names.length ? build(...uses) : () => undefined };
  };
  const width = space.names.length;
  switch (metric) {
    case "error_ratio":
      return on(["errors", "exposures"], (y, n) => shareOf([y as number], [n as number], width));
    case "slow_ratio":
      return on(["slow", "exposures"], (y, n) => shareOf([y as number], [n as number], width));
    case "conversion":
      return on(["converted", "exposures"], (y, n) => shareOf([y as number], [n as number], width));
    case "correct_ratio":
      return on(["correct", "incorrect"], (y, other) =>
        shareOf([y as number], [y as number, other as number], width),
      );
    case "revenue":
      return on(["revenue sum", "exposures", "revenue count"], (y, n, count) =>
        meanOf(y as number, n as number, width, count as number),
      );
    case "rating":
    case "nps":
      return on([`${metric} sum`, `${metric} count`], (y, n) => meanOf(y as number, n as number, width));
    case "mean_absolute_error":
      return on(["rated absolute", "rated"], (y, n) => meanOf(y as number, n as number, width));
    case "root_mean_squared_error":
      return on(["rated squared", "rated"], (y, n) => rootOf(meanOf(y as number, n as number, width)));
    case "accuracy": {
      const all = space.classes;
      return on([...all.map(hitFeature), ...all.map(trueFeature)], (...positions) =>
        shareOf(positions.slice(0, all.length), positions.slice(all.length), width),
      );
    }
    case "macro_recall":
      return averageOf(classes.map((name) => recallOf(name, space)));
    case "macro_f1":
      return averageOf(classes.map((name) => f1Of(name, space)));
  }
}

/** Of the answers to a class, those that found it. */
export function recallOf(name: string, space: FeatureSpace): MeasureOf {
  return quotientOf(space, hitFeature(name), trueFeature(name));
}

/** Of the answers that named a class, those that were right. */
export function precisionOf(name: string, space: FeatureSpace): MeasureOf {
  return quotientOf(space, hitFeature(name), saidFeature(name));
}

/** 2·hits / (true + said), https://scikit-learn.org/stable/modules/model_evaluation.html#precision-recall-and-f-measures */
export function f1Of(name: string, space: FeatureSpace): MeasureOf {
  const uses = [hitFeature(name), trueFeature(name), saidFeature(name)].flatMap(
    (feature) => space.position.get(feature) ?? [],
  );
  const [hits, truths, said] = uses as [number, number, number];
  const width = space.names.length;
  return {
    uses,
    measure: (features) => {
      const sum = at(features, truths) + at(features, said);
      if (!(sum > 0) || !(at(features, truths) > 0)) return undefined;
      const value = (2 * at(features, hits)) / sum;
      const gradient = new Float64Array(width);
      gradient[hits] = 2 / sum;
      gradient[truths] = -value / sum;
      gradient[said] = -value / sum;
      return { value, gradient, ...countsOf(at(features, hits), at(features, truths)) };
    },
  };
}

/** Of the decisions that count, those whose answer's first byte went to the caller. */
export function arrivalOf(space: FeatureSpace): MeasureOf {
  return quotientOf(space, "exposures", "assigned");
}

/** Of the predictions, those whose truth is known. */
export function coverageOf(space: FeatureSpace): MeasureOf {
  return quotientOf(space, "truths", "predictions");
}

/** Of the exposures, those that were judged right or wrong. */
export function judgedOf(space: FeatureSpace): MeasureOf {
  const uses = ["correct", "incorrect", "exposures"].flatMap((feature) => space.position.get(feature) ?? []);
  const [right, wrong, exposures] = uses as [number, number, number];
  return {
    uses,
    measure: uses.length === 3 ? shareOf([right, wrong], [exposures], space.names.length) : () => undefined,
  };
}

function quotientOf(space: FeatureSpace, numerator: string, denominator: string): MeasureOf {
  const [y, n] = [space.position.get(numerator), space.position.get(denominator)];
  if (y === undefined || n === undefined) return { uses: [], measure: () => undefined };
  return { uses: [y, n], measure: shareOf([y], [n], space.names.length) };
}

/** A yes or no: the sum of some features over the sum of others. */
function shareOf(numerators: readonly number[], denominators: readonly number[], width: number): Measure {
  return (features) => {
    const y = sumOf(features, numerators);
    const n = sumOf(features, denominators);
    if (!(n > 0)) return undefined;
    const gradient = new Float64Array(width);
    for (const position of numerators) gradient[position] = at(gradient, position) + 1 / n;
    for (const position of denominators) gradient[position] = at(gradient, position) - y / n / n;
    return { value: y / n, gradient, ...countsOf(y, n) };
  };
}

function countsOf(y: number, n: number): Pick<Measured, "size" | "yes" | "no" | "leastVariance"> {
  const smoothed = (y + 1) / (n + 2);
  return { size: n, yes: y, no: Math.max(0, n - y), leastVariance: (smoothed * (1 - smoothed)) / n };
}

/** @param counted feature whose count the events are, where it is not the denominator */
function meanOf(y: number, n: number, width: number, counted = n): Measure {
  return (features) => {
    const size = at(features, n);
    if (!(size > 0)) return undefined;
    const value = at(features, y) / size;
    const gradient = new Float64Array(width);
    gradient[y] = 1 / size;
    gradient[n] = -value / size;
    const count = at(features, counted);
    return { value, gradient, size, yes: count, no: count, leastVariance: 0 };
  };
}

/** Delta method: d√m = dm / (2√m). */
function rootOf(measure: Measure): Measure {
  return (features) => {
    const mean = measure(features);
    if (mean === undefined) return undefined;
    const value = Math.sqrt(Math.max(0, mean.value));
    const factor = value > 0 ? 1 / (2 * value) : 0;
    return { ...mean, value, gradient: mean.gradient.map((slope) => slope * factor) };
  };
}

/** Each weighing the same; undefined where one of them is. */
function averageOf(parts: readonly MeasureOf[]): MeasureOf {
  return {
    uses: [...new Set(parts.flatMap(({ uses }) => uses))],
    measure: (features) => {
      const gradient = new Float64Array(features.length);
      let [value, size, yes, no, leastVariance] = [0, 0, 0, 0, 0];
      for (const { measure } of parts) {
        const part = measure(features);
        if (part === undefined) return undefined;
        value += part.value / parts.length;
        size += part.size;
        yes += part.yes;
        no += part.no;
        leastVariance += part.leastVariance / parts.length ** 2;
        for (let position = 0; position < gradient.length; position++)
          gradient[position] = at(gradient, position) + at(part.gradient, position) / parts.length;
      }
      return parts.length === 0 ? undefined : { value, gradient, size, yes, no, leastVariance };
    },
  };
}

function at(vector: Float64Array, position: number): number {
  return vector[position] as number;
}

function sumOf(features: Float64Array, positions: readonly number[]): number {
  let sum = 0;
  for (const position of positions) sum += at(features, position);
  return sum;
}
