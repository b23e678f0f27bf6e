import type { ProcessReading, Sample } from "../evidence/reading.ts";
import type { Series } from "./prometheus-client.ts";

/** The moments of one chunk: whole multiples of the step, both ends included. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly stepMs: number;
}

export function lengthOf({ from, to, stepMs }: Span): number {
  return (to - from) / stepMs + 1;
}

interface Column {
  readonly name: string;
  readonly labels: Sample["labels"];
  /** One for each moment; NaN where the series was not there. */
  readonly values: Float64Array;
}

interface Target {
  readonly instance: string;
  /** 1 scraped, 0 not, NaN where Prometheus did not know of it. */
  readonly up: Float64Array;
  /** Names of labels that are the target's, not the process's. */
  readonly ownLabels: ReadonlySet<string>;
  readonly columns: Column[];
}

/** What the targets of one tier said at the moments of a chunk. */
export class TargetTable {
  readonly #tier: ProcessReading["tier"];
  readonly #span: Span;
  readonly #targets = new Map<string, Target>();

  /** @param up of the targets, see `gatewayTargets` */
  constructor(tier: ProcessReading["tier"], span: Span, up: readonly Series[]) {
    this.#tier = tier;
    this.#span = span;
    for (const series of up) {
      const key = targetOf(series.metric);
      const known = this.#targets.get(key);
      const values = valuesOf(series, span);
      // The same target with other labels, after a change of the scrape configuration.
      if (known !== undefined)
        values.forEach((value, index) => {
          if (!Number.isNaN(value)) known.up[index] = value;
        });
      else
        this.#targets.set(key, {
          instance: instanceOf(series.metric),
          up: values,
          ownLabels: new Set(Object.keys(series.metric)),
          columns: [],
        });
    }
  }

  add(all: readonly Series[]): void {
    for (const series of all) {
      const target = this.#targets.get(targetOf(series.metric));
      if (target === undefined) continue;
      const { __name__: name = "", ...rest } = series.metric;
      const labels = withoutLabels(rest, target.ownLabels);
      target.columns.push({ name, labels, values: valuesOf(series, this.#span) });
    }
  }

  /** Of one target whose moments are its own: labels as in the table. */
  sampleOf({ metric }: Series, value: number): Sample {
    const { __name__: name = "", ...rest } = metric;
    const own = this.#targets.get(targetOf(metric))?.ownLabels ?? new Set(["job", "instance"]);
    return { name, labels: withoutLabels(rest, own), value };
  }

  /**
   * Targets at one moment. One that has the mark was read; one that Prometheus knows of without it was not; one that
   * Prometheus does not know of, any more or yet, is not there. Whatever jobs scrape a process, it is one.
   */
  readingsAt(at: number, mark: string): ProcessReading[] {
    const index = (at - this.#span.from) / this.#span.stepMs;
    const readings = new Map<string, ProcessReading>();
    for (const { instance, up, columns } of this.#targets.values()) {
      if (readings.get(instance)?.samples !== undefined) continue;
      const samples = samplesAt(index, columns);
      const isRead = samples.some(({ name }) => name === mark);
      if (isRead) readings.set(instance, { process: instance, tier: this.#tier, samples });
      else if (!Number.isNaN(up[index]))
        readings.set(instance, { process: instance, tier: this.#tier, samples: undefined });
    }
    return [...readings.values()];
  }
}

function samplesAt(index: number, columns: readonly Column[]): readonly Sample[] {
  const samples: Sample[] = [];
  for (const { name, labels, values } of columns) {
    const value = values[index] ?? Number.NaN;
    if (!Number.isNaN(value)) samples.push({ name, labels, value });
  }
  return samples;
}

/** What a process is called: its address stays, when the scrape configuration calls its job otherwise. */
function instanceOf({ instance = "" }: Series["metric"]): string {
  return instance;
}

function targetOf({ job = "", instance = "" }: Series["metric"]): string {
  return `${job} ${instance}`;
}

function withoutLabels(labels: Sample["labels"], without: ReadonlySet<string>): Sample["labels"] {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => !without.has(name)));
}

function valuesOf({ values }: Series, span: Span): Float64Array {
  const column = new Float64Array(lengthOf(span)).fill(Number.NaN);
  for (const [second, value] of values)
    column[Math.round((second * 1000 - span.from) / span.stepMs)] = Number(value);
  return column;
}
