import { type AccessLogger, createAccessLog } from "./access-log.ts";
import { type Blinder, createBlinder } from "./blind/headers.ts";
import { createFieldFilter } from "./blind/json-fields.ts";
import { type LatencyRecord, Padding } from "./blind/padding.ts";
import { createPathJudge, type PathVerdict } from "./blind/paths.ts";
import type { Config } from "./config/config.ts";
import type { LoadedConfig } from "./config/load.ts";
import { type Assignment, createAssignment } from "./experiment/assignment.ts";
import { createForce, type Force } from "./identity/force.ts";
import { createIdentifier, type Identify } from "./identity/unit.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics/metrics.ts";
import {
  type AssignedRecord,
  createExperimentRecord,
  type ExperimentRecord,
  type ExperimentShape,
} from "./metrics/record.ts";
import { createHeadReader, type ReadHead } from "./request/headers.ts";
import type { RateLimiter, RateLimits } from "./request/rate.ts";
import type { HealthRegistry } from "./upstream/health-registry.ts";
import type { TotalInFlight } from "./upstream/total-in-flight.ts";
import { VariantUpstreams } from "./upstream/variant-upstreams.ts";

export interface Variant {
  readonly name: string;
  readonly upstreams: VariantUpstreams;
  readonly record: AssignedRecord;
}

/** What lives as long as the process, and outlives every generation. */
export interface Surroundings {
  readonly metrics: Metrics;
  readonly log: Log;
  readonly health: HealthRegistry;
  readonly total: TotalInFlight;
  readonly rateLimits: RateLimits;
  readonly latencies: LatencyRecord;
  readonly newSessionId: () => string;
  /** Uniform from 0 to 1. */
  readonly random: () => number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
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
  readonly identify: Identify;
  /** Undefined where no force tokens are taken. */
  readonly force: Force | undefined;
  readonly rateLimit: RateLimiter | undefined;
  readonly readHead: ReadHead;
  /** Whether proxies before us are believed about where a request came from. */
  readonly trustsHops: boolean;
  readonly blinder: Blinder;
  /** Undefined where bodies pass as they are. */
  readonly fieldFilter: ((body: Buffer) => Buffer | undefined) | undefined;
  readonly replacesClientErrors: boolean;
  readonly padding: Padding | undefined;
  readonly judgePath: (target: string) => PathVerdict;
  readonly accessLog: AccessLogger | undefined;
  /** Its time is up: nothing more is sent in its name. */
  isExpired = false;
  #held = 0;
  #retired: (() => void) | undefined;

  /** Builds everything and starts nothing: what can fail fails here, before anything is replaced. */
  constructor(loaded: LoadedConfig, number: number, surroundings: Surroundings) {
    const { config } = loaded;
    const { metrics, log, rateLimits, newSessionId, random, now } = surroundings;
    this.number = number;
    this.loaded = loaded;
    this.assignment = createAssignment({
      salt: config.experiment.salt,
      weights: config.variants.map(({ weight }) => weight),
    });
    this.shape = shapeOf(config);
    this.record = createExperimentRecord(metrics, this.shape);
    this.variants = createVariants(config, this.record, surroundings);
    this.control = config.variants.findIndex(({ control }) => control);
    this.identify = createIdentifier(config.identity, { now, newSessionId });
    const names = config.variants.map(({ name }) => name);
    this.force = createForce(config.force, config.experiment.name, names, { now });
    this.rateLimit = rateLimits.for(config.limits.rate, config.experiment);
    // What is filtered has another length, and is not encoded.
    const ownsFraming = config.blind.framing === "equal" || config.blind.body !== undefined;
    this.trustsHops = config.identity.trustedHops > 0;
    this.readHead = createHeadReader({
      idName: config.identity.header,
      forceName: config.force?.header,
      trustsHops: this.trustsHops,
      ownsCoding: ownsFraming,
    });
    this.blinder = createBlinder({
      extra: config.blind.headers,
      fixed: config.blind.setHeaders,
      equalFraming: ownsFraming,
      upstreamOrigins: this.variants.flatMap(({ upstreams }) => upstreams.all.map(({ origin }) => origin)),
      sessionCookie: config.identity.cookie.name,
    });
    const { body, padLatency } = config.blind;
    this.fieldFilter = body === undefined ? undefined : createFieldFilter(body);
    // With a filter, an error's body would lose what makes it one.
    this.replacesClientErrors = config.blind.clientErrors === "replace" || body !== undefined;
    this.padding =
      padLatency === undefined
        ? undefined
        : new Padding({
            target: padLatency,
            variants: names,
            latencies: surroundings.latencies,
            price: new Map(this.variants.map(({ name, record }) => [name, record.padding])),
            targetSeconds: metrics.paddingTarget.series(),
          });
    this.judgePath = createPathJudge(config.blind.hiddenPaths);
    this.accessLog = createAccessLog(config.log, log, random);
  }

  /** From now on it is the running one: its upstreams are watched. */
  start(): void {
    this.padding?.start();
    for (const { upstreams } of this.variants) upstreams.start();
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
    this.padding?.stop();
    if (this.#held > 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#retired = resolve;
      await promise;
    }
    await Promise.all([this.rateLimit?.close(), ...this.variants.map(({ upstreams }) => upstreams.close())]);
  }

  /** Its time is up: whatever it still carries is ended, and `retire` resolves. */
  expire(): void {
    this.isExpired = true;
    this.#retired?.();
    void this.destroy();
  }

  /** Ends every connection to the upstreams now. */
  async destroy(): Promise<void> {
    this.padding?.stop();
    await Promise.all([
      this.rateLimit?.close(),
      ...this.variants.map(({ upstreams }) => upstreams.destroy()),
    ]);
  }
}

function createVariants(
  { variants, upstream: settings }: Config,
  record: ExperimentRecord,
  { metrics, health, total }: Surroundings,
): Variant[] {
  return variants.map(({ name, upstreams: addresses }, index) => {
    const assigned = record.variants[index] as AssignedRecord;
    const upstreams = new VariantUpstreams({
      variant: name,
      addresses,
      settings,
      inFlight: assigned.inFlight,
      metrics: metrics.upstream,
      health,
      total,
    });
    return { name, upstreams, record: assigned };
  });
}

function shapeOf({ experiment, variants, upstream }: Config): ExperimentShape {
  return {
    experiment: experiment.name,
    phase: experiment.phase,
    variants,
    maxInFlight: upstream.maxInFlight,
  };
}
