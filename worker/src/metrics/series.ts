import type { Metric, Registry } from "prom-client";

export type Labels = Readonly<Record<string, string>>;

/** A metric's name and help text. */
export interface Named {
  readonly name: string;
  readonly help: string;
}

export interface Sample {
  /** Where it is not the family's own name. */
  readonly metricName?: string;
  readonly labels: Labels;
  /** Written behind `labels`; prom-client formats an object of them only once. */
  readonly sharedLabels?: Labels;
  readonly value: number;
}

/** One number of the exposition. The hot path holds it and writes `value`. */
export interface Series extends Sample {
  value: number;
}

/**
 * Numbers are kept in plain fields and handed to prom-client at the scrape: its own `inc()` and `observe()` hash
 * the labels on every call. The registry asks all metrics in one turn of the event loop (prom-client 15,
 * lib/registry.js), so a scrape shows one moment, given that `samples` is synchronous and returns
 * copies: the text is written in later turns.
 */
export function publish(
  registry: Registry,
  type: "counter" | "gauge" | "histogram",
  { name, help }: Named,
  samples: () => readonly Sample[],
): void {
  const metric = {
    name,
    get: () => Promise.resolve({ name, help, type, values: samples(), aggregator: "sum" }),
  };
  // The registry asks a metric for nothing but `name` and `get()`.
  registry.registerMetric(metric as unknown as Metric);
}

/** A counter with one series for each set of labels, all of them 0. */
export function counters(registry: Registry, metric: Named, labelSets: readonly Labels[]): readonly Series[] {
  const all = labelSets.map((labels): Series => ({ labels, value: 0 }));
  publish(registry, "counter", metric, () => all.map((series) => ({ ...series })));
  return all;
}

/** A counter with one series. */
export function counter(registry: Registry, metric: Named, labels: Labels): Series {
  const series: Series = { labels, value: 0 };
  publish(registry, "counter", metric, () => [{ ...series }]);
  return series;
}

/** A gauge with one series, read at the scrape. */
export function gauge(registry: Registry, metric: Named, labels: Labels, read: () => number): void {
  publish(registry, "gauge", metric, () => [{ labels, value: read() }]);
}
