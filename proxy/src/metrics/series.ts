import type { Metric, Registry } from "prom-client";

export type Labels = Readonly<Record<string, string>>;

/** One series of a counter or gauge. The hot path holds it and writes `value` directly. */
export interface Series {
  value: number;
}

interface Sample {
  readonly metricName?: string;
  readonly labels: Labels;
  readonly value: number;
}

export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  samples(): Sample[];
  /** Of each series. */
  labelSets(): Iterable<Labels>;
  /** Forgets the series that have all of these labels. */
  remove(labels: Labels): void;
}

/**
 * Families keep their numbers in plain fields and hand them to prom-client at scrape time: its own `inc()`
 * and `observe()` hash the labels on every call (0.2-0.3 µs), and its `reset()` drops series at zero.
 */
function publish(registry: Registry, family: Family): void {
  const metric = {
    name: family.name,
    family,
    get: () =>
      Promise.resolve({
        name: family.name,
        help: family.help,
        type: family.type,
        values: family.samples(),
        aggregator: "sum",
      }),
  };
  // The registry asks a metric for nothing but `name` and `get()` (prom-client 15, lib/registry.js).
  registry.registerMetric(metric as unknown as Metric);
}

/** The families of this registry. */
export function familiesOf(registry: Registry): Family[] {
  return registry
    .getMetricsAsArray()
    .flatMap((metric) => ("family" in metric ? [metric.family as Family] : []));
}

function hasLabels(own: Labels, labels: Labels): boolean {
  return Object.entries(labels).every(([name, value]) => own[name] === value);
}

function removeSeries(series: Map<string, { readonly labels: Labels }>, labels: Labels): void {
  for (const [key, { labels: own }] of series) if (hasLabels(own, labels)) series.delete(key);
}

/** Counters and gauges: one number for each set of labels, 0 from the moment the set is named. */
export class NumberFamily implements Family {
  readonly #series = new Map<string, Series & { readonly labels: Labels }>();
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge";
  readonly #beforeScrape: (() => void) | undefined;

  constructor(
    registry: Registry,
    type: "counter" | "gauge",
    name: string,
    help: string,
    beforeScrape?: () => void,
  ) {
    this.type = type;
    this.name = name;
    this.help = help;
    this.#beforeScrape = beforeScrape;
    publish(registry, this);
  }

  /** The series with these labels, made with 0 if it is new. Labels are always named in the same order. */
  series(labels: Labels = {}): Series {
    const key = Object.values(labels).join("\u0000");
    let series = this.#series.get(key);
    if (series === undefined) {
      series = { labels, value: 0 };
      this.#series.set(key, series);
    }
    return series;
  }

  /** Forgets every series; for gauges that describe the running configuration. */
  clear(): void {
    this.#series.clear();
  }

  *labelSets(): Iterable<Labels> {
    for (const { labels } of this.#series.values()) yield labels;
  }

  remove(labels: Labels): void {
    removeSeries(this.#series, labels);
  }

  samples(): Sample[] {
    this.#beforeScrape?.();
    return [...this.#series.values()];
  }
}

/** One series of a histogram: counts per bucket (not cumulated), and the sum of what was observed. */
export class HistogramSeries {
  readonly counts: Float64Array;
  readonly labels: Labels;
  readonly #bounds: readonly number[];
  sum = 0;

  constructor(bounds: readonly number[], labels: Labels) {
    this.#bounds = bounds;
    this.labels = labels;
    this.counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    let low = 0;
    let high = this.#bounds.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (value <= (this.#bounds[middle] as number)) high = middle;
      else low = middle + 1;
    }
    this.counts[low] = (this.counts[low] as number) + 1;
    this.sum += value;
  }
}

export class HistogramFamily implements Family {
  readonly type = "histogram";
  readonly name: string;
  readonly help: string;
  readonly #bounds: readonly number[];
  readonly #series = new Map<string, HistogramSeries>();

  constructor(registry: Registry, name: string, help: string, bounds: readonly number[]) {
    this.name = name;
    this.help = help;
    this.#bounds = bounds;
    publish(registry, this);
  }

  series(labels: Labels): HistogramSeries {
    const key = Object.values(labels).join("\u0000");
    let series = this.#series.get(key);
    if (series === undefined) {
      series = new HistogramSeries(this.#bounds, labels);
      this.#series.set(key, series);
    }
    return series;
  }

  *labelSets(): Iterable<Labels> {
    for (const { labels } of this.#series.values()) yield labels;
  }

  remove(labels: Labels): void {
    removeSeries(this.#series, labels);
  }

  samples(): Sample[] {
    const samples: Sample[] = [];
    for (const { labels, counts, sum } of this.#series.values()) {
      let cumulated = 0;
      for (const [index, bound] of this.#bounds.entries()) {
        cumulated += counts[index] as number;
        samples.push({
          metricName: `${this.name}_bucket`,
          labels: { le: String(bound), ...labels },
          value: cumulated,
        });
      }
      cumulated += counts[this.#bounds.length] as number;
      samples.push({
        metricName: `${this.name}_bucket`,
        labels: { le: "+Inf", ...labels },
        value: cumulated,
      });
      samples.push({ metricName: `${this.name}_sum`, labels, value: sum });
      samples.push({ metricName: `${this.name}_count`, labels, value: cumulated });
    }
    return samples;
  }
}
