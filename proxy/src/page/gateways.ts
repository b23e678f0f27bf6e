import { setImmediate as nextTurn } from "node:timers/promises";
import type { Registry } from "prom-client";
import type { Generation } from "../generation.ts";
import type { ExperimentShape } from "../metrics/record.ts";
import { createConnectOptions } from "../upstream/connect-options.ts";
import {
  GATEWAY_FAMILIES,
  isWantedOfGateway,
  type PageExperiment,
  readGatewayNumbers,
} from "./gateway-numbers.ts";
import { type AskingSettings, askProcesses, type Process, type Service } from "./processes.ts";
import { type Labels, type Sample, Scrape } from "./scrape.ts";
import type { GatewaySnapshot } from "./snapshot.ts";

export interface OwnGateway {
  readonly registry: Registry;
  /** This process, among the gateways. */
  readonly instance: string;
  /** Of the admin listener. */
  address(): string;
}

/** Without the text format: this process need not write its own numbers down to read them. */
export async function readOwnGateway(
  { registry, address, instance }: OwnGateway,
  shape: ExperimentShape,
): Promise<GatewaySnapshot> {
  const samples: Sample[] = [];
  for (const name of GATEWAY_FAMILIES) {
    const family = await registry.getSingleMetric(name)?.get();
    for (const sample of family?.values ?? []) {
      const sampleName = "metricName" in sample ? String(sample.metricName) : name;
      // Ours are text; prom-client's type allows numbers too.
      const labels = sample.labels as Labels;
      if (isWantedOfGateway(sampleName, labels))
        samples.push({ name: sampleName, labels, value: sample.value });
    }
    await nextTurn();
  }
  return {
    address: address(),
    instance,
    numbers: readGatewayNumbers(new Scrape(samples), experimentOf(shape)),
  };
}

/** The others, each once, whatever addresses lead to it. */
export async function askOtherGateways(
  own: string,
  { loaded, shape }: Generation,
  settings: AskingSettings,
): Promise<GatewaySnapshot[]> {
  const { replicas, token } = loaded.config.admin;
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
  const gateways: GatewaySnapshot[] = [];
  for (const process of withoutRepetitions(processes, own)) {
    // Reading one takes milliseconds; callers have their turn before the next.
    await nextTurn();
    gateways.push(readGateway(process, experimentOf(shape)));
  }
  return gateways;
}

/** A process that answers is shown once; an address that is silent is shown, and as nobody who answers elsewhere. */
function withoutRepetitions(processes: readonly Process[], own: string): Process[] {
  const seen = new Set([own]);
  const isFirst = ({ instance }: Process) => {
    if (instance === undefined) return true;
    const isNew = !seen.has(instance);
    seen.add(instance);
    return isNew;
  };
  const answering = new Set(processes.filter((process) => process.samples !== undefined && isFirst(process)));
  const shown: Process[] = [];
  for (const process of processes)
    if (answering.has(process)) shown.push(process);
    else if (process.samples === undefined)
      shown.push(isFirst(process) ? process : { ...process, instance: undefined });
  return shown;
}

function readGateway(
  { address, instance, problem, samples }: Process,
  experiment: PageExperiment,
): GatewaySnapshot {
  if (samples === undefined) return { address, instance, problem };
  const numbers = readGatewayNumbers(new Scrape(samples), experiment);
  return numbers === undefined
    ? { address, instance, problem: "It is no gateway." }
    : { address, instance, numbers };
}

function experimentOf({ experiment, phase, variants }: ExperimentShape): PageExperiment {
  return { name: experiment, phase, variants: variants.map(({ name }) => name) };
}
