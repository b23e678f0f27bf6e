import { type Blinder, createBlinder } from "./blind/headers.ts";
import { createPathJudge, type PathVerdict } from "./blind/paths.ts";
import type { LoadedConfig } from "./config/load.ts";
import { type Assignment, createAssignment } from "./experiment/assignment.ts";
import type { Metrics } from "./metrics/metrics.ts";
import {
  type AssignedRecord,
  createExperimentRecord,
  type ExperimentRecord,
  type ExperimentShape,
} from "./metrics/record.ts";
import { Upstreams } from "./upstream/pools.ts";

export interface Variant {
  readonly name: string;
  readonly upstreams: Upstreams;
  readonly record: AssignedRecord;
}

/**
 * Everything that is built from one configuration. A request keeps the generation that it started with; when a
 * retired one has carried its last request, its connections are closed.
 */
export class Generation {
  readonly number: number;
  readonly loaded: LoadedConfig;
  readonly assignment: Assignment;
  readonly variants: readonly Variant[];
  /** Position of the control variant. */
  readonly control: number;
  readonly shape: ExperimentShape;
  readonly record: ExperimentRecord;
  readonly blinder: Blinder;
  readonly clientErrors: "pass" | "replace";
  readonly judgePath: (target: string) => PathVerdict;
  #held = 0;
  #retired: (() => void) | undefined;

  constructor(loaded: LoadedConfig, number: number, metrics: Metrics) {
    const { config } = loaded;
    this.number = number;
    this.loaded = loaded;
    this.assignment = createAssignment({
      salt: config.experiment.salt,
      weights: config.variants.map(({ weight }) => weight),
    });
    this.shape = {
      experiment: config.experiment.name,
      phase: config.experiment.phase,
      variants: config.variants,
      maxInFlight: config.upstream.maxInFlight,
    };
    this.record = createExperimentRecord(metrics, this.shape);
    this.variants = config.variants.map(({ name, upstreams }, index) => ({
      name,
      upstreams: new Upstreams(
        upstreams.map(({ url }) => url),
        config.upstream,
      ),
      record: this.record.variants[index] as AssignedRecord,
    }));
    this.control = config.variants.findIndex(({ control }) => control);
    this.blinder = createBlinder(
      config.blind.headers,
      this.variants.flatMap(({ upstreams }) => upstreams.all.map(({ origin }) => origin)),
      config.identity.cookie.name,
    );
    this.clientErrors = config.blind.clientErrors;
    this.judgePath = createPathJudge(config.blind.hiddenPaths);
  }

  /** By variant, as an operator reads them. */
  weights(): Record<string, number> {
    return Object.fromEntries(this.shape.variants.map(({ name, weight }) => [name, weight]));
  }

  /** Each `hold` is answered by one `release`: a request and a call of an upstream hold one each. */
  hold(): void {
    this.#held++;
  }

  release(): void {
    this.#held--;
    if (this.#held === 0) this.#retired?.();
  }

  /** No new requests come: resolves when the last one has ended and the connections are closed. */
  async retire(): Promise<void> {
    if (this.#held > 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#retired = resolve;
      await promise;
    }
    await Promise.all(this.variants.map(({ upstreams }) => upstreams.close()));
  }

  /** Ends every connection to the upstreams now. */
  async destroy(): Promise<void> {
    await Promise.all(this.variants.map(({ upstreams }) => upstreams.destroy()));
  }
}
