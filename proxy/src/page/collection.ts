import type { Registry } from "prom-client";
import type { ReloadOutcome } from "../config/store.ts";
import type { Generation } from "../generation.ts";
import type { ExperimentShape } from "../metrics/record.ts";
import { createConnectOptions } from "../upstream/connect-options.ts";
import type { ResolveName } from "../upstream/name.ts";
import {
  GATEWAY_FAMILIES,
  GATEWAY_SAMPLES,
  type PageExperiment,
  readGatewayNumbers,
} from "./gateway-numbers.ts";
import { Lanes } from "./lanes.ts";
import { type AskingSettings, askProcesses, type Process, type Service } from "./processes.ts";
import { type Labels, type Sample, Scrape } from "./scrape.ts";
import type { GatewaySnapshot, WorkerSnapshot } from "./snapshot.ts";
import { readWorkerNumbers, WORKER_SAMPLES } from "./worker-numbers.ts";

/** Of one process. */
const ASK_DEADLINE_MS = 1_500;
/** Enough for any real experiment, and no more than this process has sockets and time for. */
const ASKED = { atOnce: 16, inAll: 200 };

/** What all processes of one experiment said at one moment. */
export interface Collected {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly shape: ExperimentShape;
  /** Number of the configuration that was running. */
  readonly generation: number;
  /** The one that asked is the first. */
  readonly gateways: readonly GatewaySnapshot[];
  /** By variant in file order, then by address. */
  readonly workers: readonly WorkerSnapshot[];
  /** Oldest first. */
  readonly reloads: readonly ReloadOutcome[];
}

export interface CollectionSource {
  current(): Generation;
  history(): readonly ReloadOutcome[];
  /** Of the admin listener, as it is shown. */
  address(): string;
  readonly registry: Registry;
  /** This process, among the gateways. */
  readonly instance: string;
  readonly resolve: ResolveName;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Asks every worker and the other gateways, all at once. Resolves soon after the signal at the latest; never rejects. */
export async function collect(source: CollectionSource, signal: AbortSignal): Promise<Collected> {
  const generation = source.current();
  const at = source.now();
  const settings = (wanted: ReadonlySet<string>, lanes: Lanes): AskingSettings => ({
    wanted,
    lanes,
    deadlineMs: ASK_DEADLINE_MS,
    signal,
    resolve: source.resolve,
  });
  const lanes = new Lanes(ASKED);
  const [own, others, workers] = await Promise.all([
    ownGateway(source, experimentOf(generation.shape)),
    otherGateways(source, generation, settings(GATEWAY_SAMPLES, lanes)),
    workersOf(generation, settings(WORKER_SAMPLES, lanes)),
  ]);
  const { shape, number } = generation;
  return { at, shape, generation: number, gateways: [own, ...others], workers, reloads: source.history() };
}

function experimentOf({ experiment, phase, variants }: ExperimentShape): PageExperiment {
  return { name: experiment, phase, variants: variants.map(({ name }) => name) };
}

/** Without the text format: this process need not write its own numbers down to read them. */
async function ownGateway(
  { registry, address }: CollectionSource,
  experiment: PageExperiment,
): Promise<GatewaySnapshot> {
  const families = await Promise.all(GATEWAY_FAMILIES.map((name) => registry.getSingleMetric(name)?.get()));
  const samples = families.flatMap((family): Sample[] =>
    (family?.values ?? []).map((sample) => ({
      name: "metricName" in sample ? String(sample.metricName) : (family?.name ?? ""),
      // Ours are text; prom-client's type allows numbers too.
      labels: sample.labels as Labels,
      value: sample.value,
    })),
  );
  return { address: address(), numbers: readGatewayNumbers(new Scrape(samples), experiment) };
}

async function otherGateways(
  { instance }: CollectionSource,
  generation: Generation,
  settings: AskingSettings,
): Promise<GatewaySnapshot[]> {
  const { replicas, token } = generation.loaded.config.admin;
  const services = replicas.map((url): Service => {
    const connectOptions = createConnectOptions(new URL(url), undefined, undefined);
    return {
      connectOptions,
      // An address passes every gateway's guard (admin.hosts), a name only where it is listed.
      authority: undefined,
      headers: token === undefined ? [] : ["authorization", `Bearer ${token}`],
      addresses: [],
    };
  });
  const processes = (await Promise.all(services.map((service) => askProcesses(service, settings)))).flat();
  const seen = new Set([instance]);
  return processes.flatMap((process): GatewaySnapshot[] => {
    const { address, problem, samples } = process;
    if (samples === undefined) return [{ address, problem }];
    if (process.instance !== undefined) {
      if (seen.has(process.instance)) return [];
      seen.add(process.instance);
    }
    const numbers = readGatewayNumbers(new Scrape(samples), experimentOf(generation.shape));
    return [numbers === undefined ? { address, problem: "It is no gateway." } : { address, numbers }];
  });
}

async function workersOf(generation: Generation, settings: AskingSettings): Promise<WorkerSnapshot[]> {
  const asked = generation.variants.map(async ({ name, upstreams }) => {
    // Several path prefixes of one server are one process.
    const services = new Map(
      upstreams.all.map((upstream) => [`${upstream.origin} ${upstream.authority}`, upstream]),
    );
    const processes = await Promise.all(
      [...services.values()].map((service) => askProcesses(service, settings)),
    );
    return processes.flat().map((process) => readWorker(name, process));
  });
  return (await Promise.all(asked)).flat();
}

function readWorker(variant: string, { address, problem, samples }: Process): WorkerSnapshot {
  return samples === undefined
    ? { variant, address, problem }
    : { variant, address, ...readWorkerNumbers(samples, variant) };
}
