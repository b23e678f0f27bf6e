import { type AccessLogger, createAccessLog } from "./access-log.ts";
import { type Blinder, createBlinder } from "./blind/headers.ts";
import { createFieldFilter } from "./blind/json-fields.ts";
import { type LatencyRecord, Padding } from "./blind/padding.ts";
import { createPathJudge, type PathVerdict } from "./blind/paths.ts";
import type { Config } from "./config/config.ts";
import type { LoadedConfig } from "./config/load.ts";
import {
  type Assignment,
  createAssignment,
  effectiveWeights,
  type Stopped,
} from "./experiment/assignment.ts";
import { createSessionCookies, type SessionCookies } from "./identity/cookie.ts";
import { createForce, type Force } from "./identity/force.ts";
import { createIdentifier, type Identify } from "./identity/unit.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics/metrics.ts";
import { createExperimentRecord, type ExperimentRecord, type ExperimentShape } from "./metrics/record.ts";
import type { AssignedRecord } from "./metrics/variant-record.ts";
import type { OutcomeDesk } from "./outcomes/desk.ts";
import type { TokenIssuer } from "./outcomes/issuer.ts";
import type { Outcomes } from "./outcomes/outcomes.ts";
import { type CountsAsExposure, createExposureRule } from "./request/exposure.ts";
import { createHeadReader, type ReadHead } from "./request/headers.ts";
import type { RateLimiter, RateLimits } from "./request/rate.ts";
import { Shadow } from "./shadow/shadow.ts";
import type { ShadowBook } from "./shadow/shadow-book.ts";
import { effectiveHash } from "./stop/effective-hash.ts";
import type { KnownStop } from "./stop/known-stops.ts";
import type { HealthRegistry } from "./upstream/health-registry.ts";
import type { TotalInFlight } from "./upstream/total-in-flight.ts";
import { VariantUpstreams } from "./upstream/variant-upstreams.ts";

export interface Variant {
  readonly name: string;
  readonly upstreams: VariantUpstreams;
  readonly record: AssignedRecord;
  /** Undefined where nobody reports outcomes. */
  readonly tokens: TokenIssuer | undefined;
  /** The judge has stopped it: it gets nobody. */
  readonly isStopped: boolean;
}

/** What lives as long as the process, and outlives every generation. */
export interface Surroundings {
  readonly metrics: Metrics;
  readonly log: Log;
  readonly health: HealthRegistry;
  readonly total: TotalInFlight;
  readonly rateLimits: RateLimits;
  readonly outcomes: Outcomes;
  readonly latencies: LatencyRecord;
  readonly shadowBook: ShadowBook;
  readonly newSessionId: () => string;
  /** Which of its variants the judge has stopped. */
  readonly stopsInForce: (config: Config) => readonly KnownStop[];
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
  /** Of the configuration and the stops in force. */
  readonly hash: string;
  /** The variants that get nobody because the judge has stopped them. */
  readonly stops: readonly KnownStop[];
  readonly assignment: Assignment;
  readonly variants: readonly Variant[];
  /** Position of the control variant. */
  readonly control: number;
  readonly shape: ExperimentShape;
  readonly record: ExperimentRecord;
  readonly identify: Identify;
  readonly sessions: SessionCookies;
  /** Undefined where every request counts for the experiment. */
  readonly countsAsExposure: CountsAsExposure | undefined;
  /** Undefined where no force tokens are taken. */
  readonly force: Force | undefined;
  readonly rateLimit: RateLimiter | undefined;
  /** Undefined where nobody reports outcomes. */
  readonly outcomes: OutcomeDesk | undefined;
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
  /** Undefined where no variant gets the requests of others too. */
  readonly shadow: Shadow | undefined;
  /** Its time is up: nothing more is sent in its name. */
  isExpired = false;
  readonly #shadowBook: ShadowBook;
  #held = 0;
  #retired: (() => void) | undefined;

  /** Builds everything and starts nothing: what can fail fails here, before anything is replaced. */
  constructor(loaded: LoadedConfig, number: number, surroundings: Surroundings) {
    const { config } = loaded;
    const { metrics, log, rateLimits, newSessionId, random, now } = surroundings;
    this.number = number;
    this.loaded = loaded;
    this.stops = surroundings.stopsInForce(config);
    this.hash = effectiveHash(loaded, this.stops);
    this.control = config.variants.findIndex(({ control }) => control);
    const weights = config.variants.map(({ weight }) => weight);
    const stopped = stoppedOf(config, this.stops, this.control);
    this.assignment = createAssignment({ salt: config.experiment.salt, weights, stopped });
    this.shape = shapeOf(config, effectiveWeights(weights, stopped));
    this.record = createExperimentRecord(metrics, this.shape);
    this.outcomes = surroundings.outcomes.for(config, this.shape);
    this.variants = createVariants(config, this.record, stopped, this.outcomes, surroundings);
    this.countsAsExposure = createExposureRule(config.exposure);
    this.sessions = createSessionCookies(config.identity.cookie, { now });
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
    this.shadow = createShadow(config, this.variants, surroundings);
    this.#shadowBook = surroundings.shadowBook;
  }

  /** From now on it is the running one: its upstreams are watched. */
  start(): void {
    this.padding?.start();
    this.#shadowBook.sampleTo(this.loaded.config.shadow?.sampleTexts);
    for (const { upstreams } of this.variants) upstreams.start();
  }

  /** By variant, as an operator reads them: those in force. */
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
    // Only shadows can be left, and nobody waits for them. One that waits for a connection ends with its pool alone.
    const shadowed = (this.shadow?.inFlight ?? 0) > 0 ? this.shadow?.variant : undefined;
    this.shadow?.stop();
    await Promise.all([
      this.rateLimit?.close(),
      this.outcomes?.close(),
      ...this.variants.map(({ name, upstreams }) =>
        name === shadowed ? upstreams.destroy() : upstreams.close(),
      ),
    ]);
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
    this.shadow?.stop();
    await Promise.all([
      this.rateLimit?.close(),
      this.outcomes?.close(),
      ...this.variants.map(({ upstreams }) => upstreams.destroy()),
    ]);
  }
}

function createShadow(
  config: Config,
  variants: readonly Variant[],
  { metrics, shadowBook: book, random, now }: Surroundings,
): Shadow | undefined {
  const { shadow: settings } = config;
  const variant = variants.find(({ name }) => name === settings?.variant);
  if (settings === undefined || variant === undefined) return undefined;
  const { upstreams } = variant;
  return new Shadow(settings, { config, upstreams, metrics: metrics.shadow, book, random, now });
}

function createVariants(
  { variants, upstream: settings }: Config,
  record: ExperimentRecord,
  stopped: Stopped | undefined,
  outcomes: OutcomeDesk | undefined,
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
    const tokens = outcomes?.issuers[index];
    const isStopped = stopped?.variants.includes(index) ?? false;
    return { name, upstreams, record: assigned, tokens, isStopped };
  });
}

function stoppedOf({ variants }: Config, stops: readonly KnownStop[], control: number): Stopped | undefined {
  if (stops.length === 0) return undefined;
  return {
    variants: stops.map(({ variant }) => variants.findIndex(({ name }) => name === variant)),
    control,
  };
}

function shapeOf({ experiment, variants, upstream }: Config, weights: readonly number[]): ExperimentShape {
  return {
    experiment: experiment.name,
    phase: experiment.phase,
    variants: variants.map(({ name, control }, index) => ({
      name,
      control,
      weight: weights[index] as number,
    })),
    maxInFlight: upstream.maxInFlight,
  };
}
