import type { Config } from "../../../proxy/src/config/config.ts";
import type { Reading, Sample } from "../evidence/reading.ts";
import { GATEWAY_MARK, JOURNAL_FAMILY, WORKER_MARK } from "./families.ts";
import { type PrometheusClient, PrometheusError, type Series } from "./prometheus-client.ts";
import { createQueries, type Queries } from "./prometheus-queries.ts";
import { gridBefore, type Step } from "./step.ts";
import { lengthOf, type Span, TargetTable } from "./target-table.ts";

const HOUR_MS = 3_600_000;
/** A horizon at most, and time for late outcomes; 11,000 points are what Prometheus gives of one series at once. */
const LONGEST_PHASE_HOURS = 10_000;
/** A day at steps of five minutes. */
const CHUNK_STEPS = 288;

/** Raw counters of one phase from a Prometheus, at whole multiples of the step: nothing is extrapolated. */
export class PrometheusReader {
  readonly #client: PrometheusClient;
  readonly #queries: Queries;
  readonly #stepMs: number;
  /** Halved where that is too much for one answer. */
  #chunkSteps = CHUNK_STEPS;

  constructor(client: PrometheusClient, config: Pick<Config, "experiment" | "variants">, stepMs: number) {
    this.#client = client;
    this.#queries = createQueries(config, stepMs);
    this.#stepMs = stepMs;
  }

  /** The first step that ends after the phase's first sample; undefined where there is none. @throws PrometheusError */
  async findFirst(now: number): Promise<number | undefined> {
    const to = gridBefore(now, HOUR_MS) + HOUR_MS;
    const from = to - LONGEST_PHASE_HOURS * HOUR_MS;
    const found = await this.#client.range(this.#queries.existence, { from, to, stepMs: HOUR_MS });
    const hours = found.flatMap(({ values }) => values.map(([second]) => second * 1000));
    if (hours.length === 0) return undefined;
    const samples = await this.#client.instant(this.#queries.firstHour, Math.min(...hours));
    const first = Math.min(...samples.flatMap(({ values }) => values.map(([second]) => second * 1000)));
    return Number.isFinite(first) ? Math.ceil(first / this.#stepMs) * this.#stepMs : undefined;
  }

  /** Every step of a stretch, in chunks. @throws PrometheusError */
  async *read(from: number, to: number): AsyncGenerator<Step> {
    for (let start = from; start <= to; ) {
      const end = Math.min(to, start + (this.#chunkSteps - 1) * this.#stepMs);
      const span = { from: start, to: end, stepMs: this.#stepMs };
      const chunk = await this.#fetchUnlessTooMuch(span);
      if (chunk === undefined) {
        this.#chunkSteps = Math.floor(lengthOf(span) / 2);
        continue;
      }
      yield* this.#steps(span, chunk);
      start = end + this.#stepMs;
    }
  }

  async *#steps(span: Span, { gateways, workers, troubled }: Chunk): AsyncGenerator<Step> {
    for (let at = span.from; at <= span.to; at += span.stepMs) {
      const between = await this.#readBetween(at, gateways, troubled.get(at) ?? []);
      const processes = [...gateways.readingsAt(at, GATEWAY_MARK), ...workers.readingsAt(at, WORKER_MARK)];
      yield { at, readings: [...between, { at, processes }], isLook: true };
    }
  }

  /** Undefined where a shorter stretch may be had. */
  async #fetchUnlessTooMuch(span: Span): Promise<Chunk | undefined> {
    try {
      return await this.#fetch(span);
    } catch (error) {
      if (error instanceof PrometheusError && error.isTooMuch && lengthOf(span) > 1) return undefined;
      throw error;
    }
  }

  async #fetch(span: Span): Promise<Chunk> {
    const ask = (expression: string) => this.#client.range(expression, span);
    const queries = this.#queries;
    const gateways = new TargetTable("gateway", span, await ask(queries.gatewayTargets));
    gateways.add(await ask(queries.gatewayMarks));
    gateways.add(await ask(queries.journals));
    gateways.add(await ask(queries.counters));
    const workers = new TargetTable("worker", span, await ask(queries.workerTargets));
    for (const expression of queries.workerNumbers) workers.add(await ask(expression));
    const troubled = new Map<number, Series["metric"][]>();
    for (const { metric, values } of await ask(queries.troubled))
      for (const [second] of values) {
        const at = Math.round(second * 1000);
        troubled.set(at, [...(troubled.get(at) ?? []), metric]);
      }
    return { gateways, workers, troubled };
  }

  /** What gateways said between two moments: a scrape gives all samples of a process the same time. */
  async #readBetween(
    at: number,
    gateways: TargetTable,
    troubled: readonly Series["metric"][],
  ): Promise<Reading[]> {
    const moments = new Map<number, Map<string, Sample[]>>();
    for (const { job = "", instance = "" } of troubled)
      for (const series of await this.#client.instant(this.#queries.samplesOf(job, instance), at))
        for (const [second, value] of series.values) {
          const moment = Math.round(second * 1000);
          if (moment <= at - this.#stepMs || moment >= at) continue;
          const processes = getOrCreate(moments, moment, () => new Map<string, Sample[]>());
          const samples = getOrCreate(processes, instance, () => []);
          samples.push(gateways.sampleOf(series, Number(value)));
        }
    const readings = [...moments].map(([moment, processes]) => ({
      at: moment,
      processes: [...processes].flatMap(([process, samples]) =>
        // Of another phase, where nothing but its journal is known: it says nothing of this one.
        samples.every(({ name }) => name === JOURNAL_FAMILY)
          ? []
          : [{ process, tier: "gateway" as const, samples }],
      ),
    }));
    return readings.sort((one, other) => one.at - other.at);
  }
}

function getOrCreate<K, V>(map: Map<K, V>, key: K, create: () => V): V {
  const known = map.get(key) ?? create();
  map.set(key, known);
  return known;
}

interface Chunk {
  readonly gateways: TargetTable;
  readonly workers: TargetTable;
  /** By moment. */
  readonly troubled: ReadonlyMap<number, readonly Series["metric"][]>;
}
