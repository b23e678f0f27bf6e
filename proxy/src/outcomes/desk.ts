import type { OutcomeSettings } from "../config/analysis-config.ts";
import { type OutcomeMetrics, REJECTIONS, type Rejection } from "../metrics/outcome-metrics.ts";
import type { ExperimentShape } from "../metrics/record.ts";
import type { Series } from "../metrics/series.ts";
import type { RateLimiter } from "../request/rate.ts";
import type { Examine } from "./examine.ts";
import type { Dropped, Taken } from "./intake.ts";
import type { TokenIssuer } from "./issuer.ts";
import type { Outcome, OutcomeKey } from "./outcome.ts";

export interface DeskOptions {
  readonly settings: OutcomeSettings;
  readonly trustedHops: number;
  readonly examine: Examine;
  readonly take: (outcome: Outcome, key: OutcomeKey) => Promise<Taken>;
  /** Of an outcome that is not counted, and whose caller must not know. */
  readonly drop: (key: OutcomeKey) => Dropped;
  /** By variant, in file order. */
  readonly issuers: readonly TokenIssuer[];
  readonly rate: RateLimiter | undefined;
  readonly metrics: OutcomeMetrics;
  readonly shape: ExperimentShape;
  readonly release: () => Promise<void>;
}

/** What one configuration makes of outcomes: it gives tokens and takes reports. */
export class OutcomeDesk {
  readonly settings: OutcomeSettings;
  readonly trustedHops: number;
  readonly examine: Examine;
  readonly take: DeskOptions["take"];
  readonly drop: DeskOptions["drop"];
  readonly issuers: readonly TokenIssuer[];
  readonly rate: RateLimiter | undefined;
  readonly #rejected: Readonly<Record<Rejection, Series>>;
  readonly #origins: ReadonlySet<string>;
  readonly #release: () => Promise<void>;
  #isClosed = false;

  constructor({ settings, metrics, shape, ...options }: DeskOptions) {
    this.settings = settings;
    this.trustedHops = options.trustedHops;
    this.examine = options.examine;
    this.take = options.take;
    this.drop = options.drop;
    this.issuers = options.issuers;
    this.rate = options.rate;
    this.#release = options.release;
    this.#origins = new Set(settings.origins);
    this.#rejected = Object.fromEntries(
      REJECTIONS.map((reason) => [reason, metrics.rejected.series({ reason })]),
    ) as Record<Rejection, Series>;
    // What can be counted is there with 0; what is counted by analysis bucket, only once it is: those are thousands.
    for (const { name } of shape.variants) {
      const labels = { experiment: shape.experiment, phase: String(shape.phase), model_version: name };
      for (const outcome of [...settings.plain, ...settings.numeric.map((one) => one.name)])
        metrics.outcomes.series({ ...labels, outcome });
      metrics.delay.series({ experiment: shape.experiment, model_version: name });
    }
  }

  /** Whether this target, in origin form, is where outcomes are reported. */
  isAt(target: string): boolean {
    const { path } = this.settings;
    if (!target.startsWith(path)) return false;
    return target.length === path.length || target.charCodeAt(path.length) === QUERY;
  }

  /** Whether a page from there may read the token and report outcomes. */
  admits(origin: string): boolean {
    return this.#origins.has(origin);
  }

  get hasOrigins(): boolean {
    return this.#origins.size > 0;
  }

  rejected(reason: Rejection): void {
    this.#rejected[reason].value++;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#release();
  }
}

const QUERY = "?".charCodeAt(0);
