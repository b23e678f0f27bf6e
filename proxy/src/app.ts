import { randomUUID } from "node:crypto";
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { createAdminServer } from "./admin/server.ts";
import { LatencyRecord } from "./blind/padding.ts";
import type { Overrides } from "./config/effective.ts";
import { type Environment, loadConfig } from "./config/load.ts";
import { createConfigStore, type ReloadOutcome, type ReloadTrigger } from "./config/store.ts";
import { watchContent } from "./config/watch.ts";
import { createDrain } from "./drain.ts";
import { statusOf } from "./errors.ts";
import { Generation, type Surroundings } from "./generation.ts";
import { Generations } from "./generations.ts";
import { createSessionIds } from "./identity/cookie.ts";
import { createTrafficListener } from "./listen/traffic.ts";
import type { Log } from "./log.ts";
import { keptMsOf, SeriesLifetimes } from "./metrics/lifetimes.ts";
import { createMetrics, type ProcessUsage } from "./metrics/metrics.ts";
import { describeConfiguration } from "./metrics/record.ts";
import { Outcomes } from "./outcomes/outcomes.ts";
import { authorityOf } from "./page/ask.ts";
import { Page } from "./page/page.ts";
import { ReloadReport } from "./reload-report.ts";
import { ExchangeWatch } from "./request/exchange-watch.ts";
import { createPipeline } from "./request/pipeline.ts";
import { createRateLimits } from "./request/rate.ts";
import { createRequestIds } from "./request/request-id.ts";
import { createUpgrades } from "./request/upgrade.ts";
import { ShadowBook } from "./shadow/shadow-book.ts";
import { effectiveHash } from "./stop/effective-hash.ts";
import { GuardrailStop } from "./stop/guardrail-stop.ts";
import { HealthRegistry } from "./upstream/health-registry.ts";
import { resolveName } from "./upstream/name.ts";
import { TotalInFlight } from "./upstream/total-in-flight.ts";

export interface AppOptions {
  readonly configFile: string;
  readonly overrides: Overrides;
  readonly env: Environment;
  readonly log: Log;
  readonly usage: ProcessUsage;
  /** Milliseconds since 1970; the system's clock where it is left out. */
  readonly now?: () => number;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface App {
  /** Both listeners are bound when it resolves; throws `ConfigError`, what the listener says, or that it was stopped. */
  start(): Promise<void>;
  /** Never throws: a configuration that cannot run is an outcome. */
  reload(trigger: ReloadTrigger): Promise<ReloadOutcome>;
  /** Lets requests in flight end, until the configured deadline; then everything is closed. */
  stop(): Promise<void>;
  address(): { readonly traffic: Address; readonly admin: Address };
}

/** A listener could not be bound; `cause` says why. */
export class ListenError extends Error {
  override readonly cause: NodeJS.ErrnoException & { port?: number; address?: string; hostname?: string };
  readonly listener: "traffic" | "admin";

  constructor(listener: "traffic" | "admin", cause: Error) {
    super(`the ${listener} listener cannot be bound: ${cause.message}`);
    this.listener = listener;
    this.cause = cause;
  }
}

/** Wires the proxy. State is split in two: what lives as long as the app, and the generation. */
export function createApp({ configFile, overrides, env, log, usage, now = Date.now }: AppOptions): App {
  const metrics = createMetrics(usage);
  const teardown: { readonly name: string; run(): Promise<unknown> | unknown }[] = [];
  let draining = false;
  let isLoaded = false;
  const guardrail = new GuardrailStop({
    apply: async () => {
      const { loaded, hash } = store.current();
      if (effectiveHash(loaded, guardrail.inForce(loaded.config)) !== hash) await store.rebuild("stop");
    },
    metrics: metrics.guardrail,
    log,
    now,
  });
  const rateLimits = createRateLimits({ log, metrics: metrics.rate });
  const outcomes = new Outcomes({ metrics: metrics.outcomes, log, rateLimits, now });
  const lifetimes = new SeriesLifetimes(metrics.registry, {
    ...{ log, now },
    onForgotten: (labels) => outcomes.forget(labels),
  });
  const shadowBook = new ShadowBook(log);
  const surroundings: Surroundings = {
    metrics,
    log,
    health: new HealthRegistry(metrics.upstream, log),
    total: new TotalInFlight(),
    rateLimits,
    outcomes,
    latencies: new LatencyRecord(),
    shadowBook,
    newSessionId: createSessionIds(),
    stopsInForce: (config) => guardrail.inForce(config),
    random: Math.random,
    now,
  };
  const report = new ReloadReport(metrics, log, configFile);
  const generations = new Generations(metrics, log, (generation) => upgrades.end(generation));

  const store = createConfigStore<Generation>({
    load: async () => {
      const loaded = await loadConfig(configFile, overrides, env);
      await guardrail.prepare(loaded);
      return loaded;
    },
    hash: (loaded) => effectiveHash(loaded, guardrail.inForce(loaded.config)),
    build: (loaded, number) => new Generation(loaded, number, surroundings),
    publish(next, previous) {
      generations.add(next);
      describe(next);
      // Before the old one retires: what both use must not be given up in between.
      next.start();
      if (previous === undefined) return;
      report.replaced(previous, next);
      void generations.retire(previous, next.loaded.config.reload.deadlineMs);
    },
    onOutcome: (outcome) => report.ended(outcome, store.current().weights()),
  });

  function describe({ loaded: { config }, hash, number, shape, record }: Generation): void {
    log.level = config.log.level;
    surroundings.total.setLimit(config.limits.maxInFlight);
    traffic.apply(config);
    describeConfiguration(metrics, shape, { hash, number });
    lifetimes.run(
      { experiment: shape.experiment, phase: String(shape.phase), stratum: record.stratum },
      keptMsOf(config),
    );
    guardrail.published(config);
  }

  const countSilent = () => store.current().record.refused("request_timeout");
  const watch = new ExchangeWatch(countSilent);
  const source = {
    current: () => store.current(),
    draining: () => draining,
    newRequestId: createRequestIds(),
    watch,
  };
  const pipeline = createPipeline(source);
  const upgrades = createUpgrades(source, pipeline.admit);
  const traffic = createTrafficListener({
    handle: pipeline.handle,
    upgrade: upgrades.handle,
    connections: { open: metrics.connections.series(), limit: metrics.connectionsLimit.series() },
    count: {
      refused(refusal) {
        const { record } = store.current();
        record.refused(refusal.code);
        record.unassigned.refusedUnread(statusOf(refusal));
      },
      refusedWithinBody: ({ code }) => store.current().record.refused(code),
      silent: countSilent,
    },
  });
  const instance = randomUUID();
  const page = new Page({
    current: () => store.current(),
    history: () => store.history(),
    address: () => {
      const { host, port } = addressOf(admin);
      return authorityOf(host, port);
    },
    registry: metrics.registry,
    instance,
    resolve: resolveName,
    now: surroundings.now,
    log,
  });
  const admin = createAdminServer({
    current: () => store.current(),
    ready: () => !draining,
    reload: () => store.reload("http"),
    history: () => store.history(),
    metrics,
    page,
    disagreements: shadowBook.disagreements,
    log,
    instance,
  });
  const drainAdmin = createDrain(admin);

  async function close(): Promise<void> {
    for (const step of teardown.splice(0).reverse()) {
      try {
        await step.run();
      } catch (error) {
        log.error({ err: error, step: step.name }, "a step of the shutdown failed");
      }
    }
  }

  return {
    async start() {
      try {
        teardown.push({ name: "metrics", run: () => metrics.stop() });
        teardown.push({ name: "exchange watch", run: () => watch.stop() });
        teardown.push({ name: "judge watch", run: () => guardrail.stop() });
        teardown.push({ name: "lifetimes of series", run: () => lifetimes.stop() });
        teardown.push({ name: "shadow's texts", run: () => shadowBook.close() });
        const generation = await store.start();
        isLoaded = true;
        const { loaded } = generation;
        const { config } = loaded;
        report.accepted();
        teardown.push({ name: "upstreams", run: () => generations.destroy() });
        teardown.push({ name: "outcomes", run: () => outcomes.close() });
        // Before anybody can ask: what was counted before the start must not seem to begin at 0.
        await outcomes.open(config);
        if (draining) throw new Error("it was stopped before it had started");
        await bind("admin", () => listen(admin, config.admin));
        teardown.push({ name: "admin listener", run: () => drainAdmin(0) });
        teardown.push({ name: "page", run: () => page.stop() });
        await bind("traffic", () => traffic.listen(config));
        teardown.push({
          name: "traffic listener",
          run: () => traffic.drain(store.current().loaded.config.shutdown.deadlineMs),
        });
        const file = watchContent(
          configFile,
          () => store.current().loaded.config.reload.pollMs,
          () => void store.reload("watch"),
          { seen: loaded.digest },
        );
        teardown.push({ name: "configuration watch", run: () => file.stop() });
        log.info({ hash: generation.hash, ...this.address(), weights: generation.weights() }, "started");
      } catch (error) {
        await close();
        throw error;
      }
    },
    reload: (trigger) => store.reload(trigger),
    async stop() {
      draining = true;
      // Stopped while it is still reading its configuration, it has no caller to wait for.
      const drainDelayMs = isLoaded ? store.current().loaded.config.shutdown.drainDelayMs : 0;
      log.info({ drain_delay_ms: drainDelayMs }, "stopping: requests in flight may end");
      // Balancers that ask whether we are ready need a moment to notice.
      await delay(drainDelayMs);
      await close();
      log.info("stopped");
    },
    address: () => ({ traffic: traffic.address(), admin: addressOf(admin) }),
  };
}

async function bind(listener: ListenError["listener"], listening: () => Promise<void>): Promise<void> {
  try {
    await listening();
  } catch (error) {
    throw new ListenError(listener, error as Error);
  }
}

async function listen(server: Server, { host, port }: Address): Promise<void> {
  server.listen(port, host);
  await once(server, "listening");
}

function addressOf(server: Server): Address {
  const { address, port } = server.address() as AddressInfo;
  return { host: address, port };
}
