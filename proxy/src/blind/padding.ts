import type { Series } from "../metrics/series.ts";

/** Latencies in classes of equal ratio: a quantile is right to 5 %. */
const CLASSES_PER_DECADE = 48;
const LEAST_MS = 0.1;
const DECADES = 6;
/** Below this many answers a percentile is a guess. */
const ENOUGH = 50;
const QUANTILE = 0.95;
const REFRESH_MS = 1000;
/** Older answers count half after each of these: the target follows a variant that becomes slower. */
const HALF_LIFE_REFRESHES = 60;

/** What answers took before any padding, by variant; lives as long as the process, so that a reload forgets nothing. */
export class LatencyRecord {
  readonly #counts = new Map<string, Float64Array>();

  observe(variant: string, ms: number): void {
    let counts = this.#counts.get(variant);
    if (counts === undefined) {
      counts = new Float64Array(CLASSES_PER_DECADE * DECADES + 1);
      this.#counts.set(variant, counts);
    }
    const index = classOf(ms);
    counts[index] = (counts[index] as number) + 1;
  }

  /** In milliseconds; undefined while too little is known of the variant. */
  quantile(variant: string): number | undefined {
    const counts = this.#counts.get(variant) ?? new Float64Array(0);
    const total = counts.reduce((sum, count) => sum + count, 0);
    if (total < ENOUGH) return undefined;
    let cumulated = 0;
    const index = counts.findIndex((count) => {
      cumulated += count;
      return cumulated >= total * QUANTILE;
    });
    return LEAST_MS * 10 ** (index / CLASSES_PER_DECADE);
  }

  decay(): void {
    const factor = 0.5 ** (1 / HALF_LIFE_REFRESHES);
    for (const counts of this.#counts.values())
      for (const [index, count] of counts.entries()) counts[index] = count * factor;
  }
}

function classOf(ms: number): number {
  const position = Math.ceil(Math.log10(Math.max(ms, LEAST_MS) / LEAST_MS) * CLASSES_PER_DECADE);
  return Math.min(position, CLASSES_PER_DECADE * DECADES);
}

export interface PaddingOptions {
  readonly target: { readonly to: "p95" } | { readonly to: "fixed"; readonly ms: number };
  readonly variants: readonly string[];
  readonly latencies: LatencyRecord;
  /** Seconds added to the answers of each variant: the price of hiding the time. */
  readonly price: ReadonlyMap<string, Series>;
  readonly targetSeconds: Series;
}

/**
 * Answers leave at whole multiples of one target, whichever variant gave them: an answer that took longer than the target
 * waits for the next multiple, so that being late says little more than being early.
 */
export class Padding {
  readonly #options: PaddingOptions;
  #targetMs = 0;
  #refresh: NodeJS.Timeout | undefined;

  constructor(options: PaddingOptions) {
    this.#options = options;
    this.#aim();
  }

  start(): void {
    this.#refresh = setInterval(() => {
      this.#options.latencies.decay();
      this.#aim();
    }, REFRESH_MS).unref();
  }

  stop(): void {
    clearInterval(this.#refresh);
  }

  /** An upstream of `variant` took so long to answer. */
  observe(variant: string, elapsedMs: number): void {
    this.#options.latencies.observe(variant, elapsedMs);
  }

  /** How many milliseconds an answer has still to wait that could leave `elapsedMs` after its request was forwarded. */
  waitMs(variant: string, elapsedMs: number): number {
    const { price } = this.#options;
    if (this.#targetMs === 0) return 0;
    const paddingMs = Math.max(1, Math.ceil(elapsedMs / this.#targetMs)) * this.#targetMs - elapsedMs;
    const series = price.get(variant);
    if (series !== undefined) series.value += paddingMs / 1000;
    return paddingMs;
  }

  #aim(): void {
    const { target, variants, latencies, targetSeconds } = this.#options;
    this.#targetMs =
      target.to === "fixed"
        ? target.ms
        : Math.max(0, ...variants.map((variant) => latencies.quantile(variant) ?? 0));
    targetSeconds.value = this.#targetMs / 1000;
  }
}
