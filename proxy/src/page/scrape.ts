import type { HistogramNumbers } from "./snapshot.ts";

export type Labels = Readonly<Record<string, string>>;

/** One number of one process. */
export interface Sample {
  /** Of a histogram with `_bucket`, `_sum` or `_count`. */
  readonly name: string;
  readonly labels: Labels;
  /** Finite. */
  readonly value: number;
}

/** Values of one label that are told apart; ours have far fewer, another service's may be anything. */
const MOST_VALUES = 100;
const LONGEST_VALUE = 100;

/** What one process said at one moment. */
export class Scrape {
  readonly #byName = new Map<string, Sample[]>();

  constructor(samples: Iterable<Sample>) {
    for (const sample of samples) this.#add(sample);
  }

  /** Those of one name that have these labels, whatever others they have. */
  samples(name: string, labels: Labels = {}): readonly Sample[] {
    const all = this.#byName.get(name) ?? [];
    const wanted = Object.entries(labels);
    if (wanted.length === 0) return all;
    return all.filter((sample) => wanted.every(([key, value]) => sample.labels[key] === value));
  }

  /** One for each of these values of a label, in one pass over everything that was said. */
  splitBy(label: string, values: ReadonlySet<string>): ReadonlyMap<string, Scrape> {
    const split = new Map<string, Scrape>();
    for (const samples of this.#byName.values())
      for (const sample of samples) {
        const value = sample.labels[label];
        if (value === undefined || !values.has(value)) continue;
        const part = split.get(value) ?? new Scrape([]);
        part.#add(sample);
        split.set(value, part);
      }
    return split;
  }

  /** Undefined where there is no such series. */
  sum(name: string, labels: Labels = {}): number | undefined {
    const found = this.samples(name, labels);
    return found.length === 0 ? undefined : found.reduce((sum, { value }) => sum + value, 0);
  }

  /** Sums by the values of one label, in the order of their first appearance. */
  sumBy(label: string, name: string, labels: Labels = {}): ReadonlyMap<string, number> {
    return sumBy(label, this.samples(name, labels));
  }

  /** Undefined where there is none, or one whose buckets do not add up. */
  histogram(name: string, labels: Labels = {}): HistogramNumbers | undefined {
    const sum = this.sum(`${name}_sum`, labels);
    const byBound = [...this.sumBy("le", `${name}_bucket`, labels)]
      .map(([le, count]) => ({ bound: le === "+Inf" ? Number.POSITIVE_INFINITY : Number(le), count }))
      .filter(({ bound }) => !Number.isNaN(bound))
      .sort((one, other) => one.bound - other.bound);
    if (sum === undefined || byBound.at(-1)?.bound !== Number.POSITIVE_INFINITY) return undefined;
    const cumulated = byBound.map(({ count }) => count);
    if (cumulated.some((count, index) => count < (cumulated[index - 1] ?? 0))) return undefined;
    return { bounds: byBound.slice(0, -1).map(({ bound }) => bound), cumulated, sum };
  }

  #add(sample: Sample): void {
    const others = this.#byName.get(sample.name);
    if (others === undefined) this.#byName.set(sample.name, [sample]);
    else others.push(sample);
  }
}

export function sumBy(label: string, samples: readonly Sample[]): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const { labels, value } of samples) {
    const key = labels[label];
    if (key === undefined || key.length > LONGEST_VALUE) continue;
    const sum = sums.get(key);
    if (sum === undefined && sums.size >= MOST_VALUES) continue;
    sums.set(key, (sum ?? 0) + value);
  }
  return sums;
}
