import type { NeutralRule } from "../../../proxy/src/config/analysis-config.ts";
import {
  ASSIGNED,
  confusionCell,
  ERRORS,
  EXPOSURES,
  OTHER,
  outcomeCell,
  predictedCell,
  RATED,
  RATED_ABSOLUTE,
  RATED_SQUARED,
  SLOW,
  valueCell,
} from "./cell.ts";
import type { Plan } from "./plan.ts";

const NEUTRAL = "neutral";
const NEGATIVE = "negative";

/**
 * What metrics are functions of: sums of cells, such as all judged answers or the right ones of a class. Every metric is
 * a function of a variant's features, so that one kind of sums serves the variances of all.
 */
export interface FeatureSpace {
  /** In the order of every vector of features. */
  readonly names: readonly string[];
  readonly position: ReadonlyMap<string, number>;
  /** Which features a count in a cell adds to, and how often. */
  readonly ofCell: ReadonlyMap<string, readonly { readonly position: number; readonly factor: number }[]>;
  /** Labels after the rule for neutral; empty where nobody reports `true_label`. */
  readonly classes: readonly string[];
}

export function trueFeature(label: string): string {
  return `true ${label}`;
}

export function saidFeature(label: string): string {
  return `said ${label}`;
}

export function hitFeature(label: string): string {
  return `hit ${label}`;
}

/** The class of a label that counts in the comparison; undefined where it is none. */
export function classOf(label: string, rule: NeutralRule): string | undefined {
  if (label === OTHER) return undefined;
  if (label !== NEUTRAL || rule === "own-class") return label;
  return rule === "to-negative" ? NEGATIVE : undefined;
}

/** The classes that labels fall into, in their order. */
export function classesOf(labels: readonly string[], rule: NeutralRule): readonly string[] {
  return [...new Set(labels.flatMap((label) => classOf(label, rule) ?? []))];
}

/**
 * With `drop`, answers whose truth is neutral are left out, and saying neutral of another truth stays an error: a model
 * must not gain by never deciding. A truth that no label foresees is left out too.
 */
export function featureSpaceOf(plan: Plan): FeatureSpace {
  const features = new Map<string, Map<string, number>>();
  const add = (feature: string, cell: string, factor = 1) => {
    const terms = features.get(feature) ?? new Map<string, number>();
    terms.set(cell, (terms.get(cell) ?? 0) + factor);
    features.set(feature, terms);
  };
  add("exposures", EXPOSURES);
  add("assigned", ASSIGNED);
  add("errors", ERRORS);
  add("slow", SLOW);
  for (const outcome of plan.plain) if (outcome !== "true_label") add(outcome, outcomeCell(outcome));
  for (const { name, min } of plan.numeric) {
    add(`${name} count`, outcomeCell(name));
    // Counters hold what is above the least value.
    add(`${name} sum`, valueCell(name));
    if (min !== 0) add(`${name} sum`, outcomeCell(name), min);
  }
  if (plan.numeric.some(({ name }) => name === "rating")) {
    add("rated", RATED);
    add("rated absolute", RATED_ABSOLUTE);
    add("rated squared", RATED_SQUARED);
  }
  const isLabelled = plan.plain.includes("true_label");
  if (isLabelled) addClasses(plan, add);
  const names = [...features.keys()];
  const ofCell = new Map<string, { position: number; factor: number }[]>();
  for (const [position, name] of names.entries())
    for (const [cell, factor] of features.get(name) ?? [])
      ofCell.set(cell, [...(ofCell.get(cell) ?? []), { position, factor }]);
  return {
    names,
    position: new Map(names.map((name, position) => [name, position])),
    ofCell,
    classes: isLabelled ? classesOf(plan.labels, plan.analysis.neutral) : [],
  };
}

function addClasses(plan: Plan, add: (feature: string, cell: string) => void): void {
  const rule = plan.analysis.neutral;
  const labels = [...plan.labels, OTHER];
  for (const predicted of labels) add("predictions", predictedCell(predicted));
  for (const name of classesOf(plan.labels, rule))
    for (const truth of labels)
      for (const predicted of labels) {
        const cell = confusionCell(truth, predicted);
        const actual = classOf(truth, rule);
        if (actual === undefined) continue;
        const said = classOf(predicted, rule);
        if (actual === name) add(trueFeature(name), cell);
        if (said === name) add(saidFeature(name), cell);
        if (actual === name && said === name) add(hitFeature(name), cell);
      }
  for (const truth of labels) for (const predicted of labels) add("truths", confusionCell(truth, predicted));
}

/** Features of every bucket, one row after the other: `BUCKETS` rows of `names.length`. */
export function featuresByBucket(
  { names, ofCell }: FeatureSpace,
  cells: ReadonlyMap<string, Float64Array>,
): Float64Array {
  const width = names.length;
  let rows = new Float64Array(0);
  for (const [cell, counts] of cells) {
    if (rows.length === 0) rows = new Float64Array(width * counts.length);
    for (const { position, factor } of ofCell.get(cell) ?? [])
      for (let bucket = 0, at = position; bucket < counts.length; bucket++, at += width)
        rows[at] = (rows[at] as number) + factor * (counts[bucket] as number);
  }
  return rows;
}
