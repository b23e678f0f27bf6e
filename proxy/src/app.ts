import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { createAdminServer } from "./admin/server.ts";
import { LatencyRecord } from "./blind/padding.ts";
import { listChanges } from "./config/changes.ts";
import type { Overrides } from "./config/effective.ts";
import { publicConfig } from "./config/file-form.ts";
import { type Environment, loadConfig } from "./config/load.ts";
import { createConfigStore, type ReloadOutcome, type ReloadTrigger } from "./config/store.ts";
import { watchContent } from "./config/watch.ts";
import { createDrain } from "./drain.ts";
import { statusOf } from "./errors.ts";
import { Generation, type Surroundings } from "./generation.ts";
import { createSessionIds } from "./identity/cookie.ts";
import type { Log } from "./log.ts";
import { createMetrics, type ProcessUsage } from "./metrics/metrics.ts";
import { describeConfiguration } from "./metrics/record.ts";
import { BodyWatch } from "./request/body-watch.ts";
import { createTrafficServer, setSilenceLimit } from "./request/listener.ts";
import { createPipeline } from "./request/pipeline.ts";
import { createRateLimits } from "./request/rate.ts";
import { createRequestIds } from "./request/request-id.ts";
import { HealthRegistry } from "./upstream/health-registry.ts";
import { TotalInFlight } from "./upstream/total-in-flight.ts";

export interface AppOptions {
  readonly configFile: string;
  readonly overrides: Overrides;
  readonly env: Environment;
  readonly log: Log;
  readonly usage: ProcessUsage;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface App {
  /** Both listeners are bound when it resolves; throws `ConfigError` or what the listener says. */
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
export function createApp({ configFile, overrides, env, log, usage }: AppOptions): App {
  const metrics = createMetrics(usage);
  const surroundings: Surroundings = {
    metrics,
    log,
    health: new HealthRegistry(metrics.upstream, log),
    total: new TotalInFlight(),
    rateLimits: createRateLimits({ log, metrics: metrics.rate }),
    latencies: new LatencyRecord(),
    newSessionId: createSessionIds(),
    random: Math.random,
    now: Date.now,
  };
  const teardown: { readonly name: string; run(): Promise<unknown> | unknown }[] = [];
  let draining = false;
  /** Those that still carry requests, the running one included. */
  const generations = new Set<Generation>();

  const store = createConfigStore<Generation>({
    load: () => loadConfig(configFile, overrides, env),
    build: (loaded, number) => new Generation(loaded, number, surroundings),
    publish(next, previous) {
      generations.add(next);
      describe(next);
      // Before the old one retires: what both use must not be given up in between.
      next.start();
      countGenerations();
      if (previous === undefined) return;
      logChanges(previous, next);
      void retire(previous);
    },
    onOutcome: reportOutcome,
  });
  for (const result of ["swapped", "unchanged", "rejected"]) metrics.reloads.series({ result });

  /** Requests of a replaced configuration end by themselves, or at the deadline of the one that replaced it. */
  async function retire(generation: Generation): Promise<void> {
    const { number } = generation;
    const { deadlineMs } = store.current().loaded.config.reload;
    const deadline = setTimeout(() => {
      metrics.generationsExpired.series().value++;
      log.warn(
        { generation: number, deadline_ms: deadlineMs },
        "requests of a replaced configuration are ended",
      );
      generation.expire();
    }, deadlineMs).unref();
    try {
      await generation.retire();
    } catch (error) {
      log.error({ err: error, generation: number }, "closing a generation failed");
    }
    clearTimeout(deadline);
    generations.delete(generation);
    countGenerations();
  }

  function countGenerations(): void {
    metrics.generations.series().value = generations.size;
  }

  function logChanges({ loaded: before }: Generation, { loaded: after, number }: Generation): void {
    const changes = listChanges(
      { before: publicConfig(before.config), after: publicConfig(after.config) },
      { before: before.config, after: after.config },
    );
    log.info({ generation: number, changes }, "the configuration changes");
  }

  function describe({ loaded, number, shape }: Generation): void {
    const { config, hash } = loaded;
    log.level = config.log.level;
    surroundings.total.setLimit(config.limits.maxInFlight);
    setSilenceLimit(traffic, config.upstream.firstByteTimeoutMs, config.upstream.idleTimeoutMs);
    describeConfiguration(metrics, shape, { hash, number });
  }

  function acceptConfiguration(): void {
    metrics.reloadSuccessful.series().value = 1;
    metrics.reloadTimestamp.series().value = Date.now() / 1000;
  }

  function reportOutcome(outcome: ReloadOutcome): void {
    const { result, trigger, hash, previousHash, problems } = outcome;
    metrics.reloads.series({ result }).value++;
    if (result === "rejected") {
      metrics.reloadSuccessful.series().value = 0;
      log.error(
        { trigger, hash, file: configFile, problems },
        "reload rejected: the previous configuration stays",
      );
      return;
    }
    acceptConfiguration();
    const weights = store.current().weights();
    if (result === "unchanged") log.debug({ trigger, hash }, "the configuration is unchanged");
    else log.info({ trigger, result, hash, previousHash, weights }, "reloaded");
  }

  const bodyWatch = new BodyWatch();
  const traffic = createTrafficServer(
    createPipeline({
      current: () => store.current(),
      draining: () => draining,
      newRequestId: createRequestIds(),
      bodyWatch,
    }),
    {
      refused(refusal) {
        const { record } = store.current();
        record.refused(refusal.code);
        record.unassigned.refusedUnread(statusOf(refusal));
      },
      refusedWithinBody: ({ code }) => store.current().record.refused(code),
      silent: () => store.current().record.refused("request_timeout"),
    },
  );
  const admin = createAdminServer({
    current: () => store.current(),
    ready: () => !draining,
    reload: () => store.reload("http"),
    history: () => store.history(),
    metrics,
  });

  const drainTraffic = createDrain(traffic);
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
        teardown.push({ name: "body watch", run: () => bodyWatch.stop() });
        const generation = await store.start();
        const { loaded } = generation;
        acceptConfiguration();
        const { config } = loaded;
        teardown.push({
          name: "upstreams",
          run: () => Promise.all([...generations].map((generation) => generation.destroy())),
        });
        await listen(admin, "admin", config.admin);
        teardown.push({ name: "admin listener", run: () => drainAdmin(0) });
        await listen(traffic, "traffic", config.listen);
        teardown.push({
          name: "traffic listener",
          run: () => drainTraffic(store.current().loaded.config.shutdown.deadlineMs),
        });
        const watch = watchContent(
          configFile,
          () => store.current().loaded.config.reload.pollMs,
          () => void store.reload("watch"),
          { seen: loaded.digest },
        );
        teardown.push({ name: "configuration watch", run: () => watch.stop() });
        log.info({ hash: loaded.hash, ...this.address(), weights: generation.weights() }, "started");
      } catch (error) {
        await close();
        throw error;
      }
    },
    reload: (trigger) => store.reload(trigger),
    async stop() {
      draining = true;
      const { drainDelayMs } = store.current().loaded.config.shutdown;
      log.info({ drain_delay_ms: drainDelayMs }, "stopping: requests in flight may end");
      // Balancers that ask whether we are ready need a moment to notice.
      await delay(drainDelayMs);
      await close();
      log.info("stopped");
    },
    address: () => ({ traffic: addressOf(traffic), admin: addressOf(admin) }),
  };
}

async function listen(
  server: Server,
  listener: ListenError["listener"],
  { host, port }: Address,
): Promise<void> {
  server.listen(port, host);
  try {
    await once(server, "listening");
  } catch (error) {
    throw new ListenError(listener, error as Error);
  }
}

function addressOf(server: Server): Address {
  const { address, port } = server.address() as AddressInfo;
  return { host: address, port };
}
