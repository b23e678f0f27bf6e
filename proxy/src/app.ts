import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdminServer } from "./admin/server.ts";
import type { Overrides } from "./config/file-form.ts";
import { type Environment, loadConfig } from "./config/load.ts";
import { createConfigStore, type ReloadOutcome, type ReloadTrigger } from "./config/store.ts";
import { watchContent } from "./config/watch.ts";
import { createDrain } from "./drain.ts";
import { statusOf } from "./errors.ts";
import { Generation } from "./generation.ts";
import type { Log } from "./log.ts";
import { createMetrics, type ProcessUsage } from "./metrics/metrics.ts";
import { describeConfiguration } from "./metrics/record.ts";
import { createTrafficServer, setSilenceLimit } from "./request/listener.ts";
import { createPipeline } from "./request/pipeline.ts";

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
  const teardown: { readonly name: string; run(): Promise<unknown> | unknown }[] = [];
  let draining = false;
  /** Those that still carry requests, the running one included. */
  const generations = new Set<Generation>();

  const store = createConfigStore<Generation>({
    load: () => loadConfig(configFile, overrides, env),
    build: (loaded, number) => new Generation(loaded, number, metrics),
    publish(next, previous) {
      generations.add(next);
      describe(next);
      countGenerations();
      if (previous !== undefined) void retire(previous);
    },
    onOutcome: reportOutcome,
  });
  for (const result of ["swapped", "unchanged", "rejected"]) metrics.reloads.series({ result });

  async function retire(generation: Generation): Promise<void> {
    try {
      await generation.retire();
    } catch (error) {
      log.error({ err: error, generation: generation.number }, "closing a generation failed");
    }
    generations.delete(generation);
    countGenerations();
  }

  function countGenerations(): void {
    metrics.generations.series().value = generations.size;
  }

  function describe({ loaded, number, shape }: Generation): void {
    const { config, hash } = loaded;
    log.level = config.log.level;
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

  const traffic = createTrafficServer(
    createPipeline({ current: () => store.current(), draining: () => draining }),
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
      log.info("stopping: requests in flight may end");
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
