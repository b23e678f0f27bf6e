import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Run } from "../load/support/run.ts";
import { writePoisonedModel } from "../load/worker/poisoned-model.ts";
import { createRandom } from "../support/random.ts";
import { type Experiment, type Gateways, startGateways } from "./gateways.ts";
import { type Link, openLink } from "./link.ts";
import { type ModelWorker, startModelWorker, type WorkerChanges } from "./model-worker.ts";
import { type MonitoringFiles, writeTargets } from "./monitoring.ts";
import { copyModel } from "./population.ts";
import { startTraffic, type Traffic } from "./traffic.ts";

const ROOT = join(import.meta.dirname, "../..");

/** The bundled pair, by variant. */
const MODELS = {
  distilbert: join(ROOT, "worker/models/distilbert-mini-sst2"),
  roberta: join(ROOT, "worker/models/roberta-mini-tweets"),
} as const;
export type Variant = keyof typeof MODELS;
const VARIANTS = Object.keys(MODELS) as Variant[];

const WEIGHTS: Readonly<Record<Variant, number>> = { distilbert: 50, roberta: 50 };
/** Prometheus passes changed targets on every five seconds, which in compressed time is long enough for TargetDown. */
const DISCOVERY_MS = 6_000;

export interface StackOptions {
  readonly seed: number;
  readonly perSecond: number;
  readonly replicas: number;
  readonly files: MonitoringFiles;
}

/** Gateways, workers and callers as processes, and every way in which a fault takes hold of them. */
export interface Stack {
  readonly gateways: Gateways;
  readonly traffic: Traffic;
  readonly variants: readonly Variant[];
  worker(variant: Variant): ModelWorker;
  /** New weights on every replica, or on all but one. */
  weigh(weights: Readonly<Record<Variant, number>>, except?: number): Promise<void>;
  /** A new worker takes over before the old one stops, so that nobody notices. */
  rollOut(variant: Variant, changes?: WorkerChanges): Promise<void>;
  /** Starts a worker that was killed. */
  revive(variant: Variant): Promise<void>;
  /** From now on requests reach the variant's worker through a link that can fail, until it is closed. */
  interpose(variant: Variant): Promise<Link>;
  stop(): Promise<void>;
}

export async function startStack(run: Run, options: StackOptions): Promise<Stack> {
  const { seed, files } = options;
  const sources = { ...MODELS, distilbert: writePoisonedModel(MODELS.distilbert, run.folder) };
  const directories = new Map<Variant, string>();
  const workers = new Map<Variant, ModelWorker>();
  for (const variant of VARIANTS) {
    run.say(`measuring the reference of ${variant}`);
    directories.set(variant, await copyModel(run, variant, sources[variant], seed));
  }
  const begin = async (variant: Variant, changes?: WorkerChanges) => {
    const worker = await startModelWorker(run, variant, found(directories, variant), changes);
    workers.set(variant, worker);
    return worker;
  };
  for (const variant of VARIANTS) await begin(variant);
  const worker = (variant: Variant) => found(workers, variant);
  const via: Partial<Record<Variant, string>> = {};
  let weights = WEIGHTS;
  const experiment = (): Experiment => ({
    weights,
    upstreams: Object.fromEntries(VARIANTS.map((name) => [name, via[name] ?? worker(name).url])),
  });
  const gateways = await startGateways(run, experiment(), options.replicas);
  const aim = () =>
    writeTargets(files, {
      "ab-proxy": gateways.replicas.map(({ adminPort }) => `http://127.0.0.1:${adminPort}`),
      "sentiment-worker": VARIANTS.map((name) => worker(name).url),
    });
  aim();
  const traffic = startTraffic(gateways.port, options.perSecond, seed);
  const publish = (except?: number) => gateways.publish(experiment(), except);
  return {
    gateways,
    traffic,
    variants: VARIANTS,
    worker,
    async weigh(next, except) {
      weights = next;
      await publish(except);
    },
    async rollOut(variant, changes) {
      const before = worker(variant);
      await begin(variant, changes);
      await publish();
      aim();
      await pause(DISCOVERY_MS);
      await before.stop();
    },
    async revive(variant) {
      await begin(variant);
      await publish();
      aim();
    },
    async interpose(variant) {
      const link = await openLink(worker(variant).url, createRandom(seed));
      via[variant] = link.url;
      await publish();
      return {
        ...link,
        async close() {
          delete via[variant];
          await publish();
          await link.close();
        },
      };
    },
    async stop() {
      await traffic.stop();
      await gateways.close();
    },
  };
}

function found<T>(map: ReadonlyMap<Variant, T>, variant: Variant): T {
  const value = map.get(variant);
  if (value === undefined) throw new Error(`nothing of ${variant} was started`);
  return value;
}
