import { type ProxyProcess, startProxy } from "../load/support/processes.ts";
import type { Run } from "../load/support/run.ts";
import { type Balancer, openBalancer } from "./balancer.ts";

export interface Experiment {
  /** In the order of the file, in per cent. */
  readonly weights: Readonly<Record<string, number>>;
  /** The address of each variant's worker. */
  readonly upstreams: Readonly<Record<string, string>>;
}

/** Replicas of the gateway behind a balancer, each with a configuration file of its own. */
export interface Gateways {
  /** Of the balancer. */
  readonly port: number;
  readonly replicas: readonly ProxyProcess[];
  /** Writes the files and has them read at once; `except` is the index of a replica whose file stays as it was. */
  publish(experiment: Experiment, except?: number): Promise<void>;
  close(): Promise<void>;
}

export const EXPERIMENT = "faults";

export async function startGateways(run: Run, experiment: Experiment, count: number): Promise<Gateways> {
  const yaml = write(experiment);
  const replicas = await Promise.all(
    Array.from({ length: count }, (_, index) => startProxy(run, yaml, `gateway-${index + 1}`)),
  );
  const balancer: Balancer = await openBalancer(replicas.map(({ port }) => port));
  return {
    port: balancer.port,
    replicas,
    async publish(next, except) {
      const followers = replicas.filter((_, index) => index !== except);
      await Promise.all(followers.map((replica) => replica.write(write(next))));
      await Promise.all(followers.map((replica) => replica.reload()));
    },
    close: () => balancer.close(),
  };
}

function write({ weights, upstreams }: Experiment): string {
  const variants = Object.entries(weights).map(
    ([name, weight]) => `  - { name: ${name}, weight: ${weight}, upstreams: ["${upstreams[name]}"] }`,
  );
  return [
    `experiment: { name: ${EXPERIMENT} }`,
    "variants:",
    ...variants,
    "upstream: { health: { path: /readyz } }",
    "reload: { poll: 1s }",
    "",
  ].join("\n");
}
