import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import {
  containerOf,
  type Deployment,
  deploymentsOf,
  type Manifest,
  named,
  type Probe,
  podOf,
} from "../kubernetes/manifest.ts";
import { until } from "../load/support/crowd.ts";
import { type MountedConfigMap, mountConfigMap } from "../support/configmap.ts";
import { docker } from "./docker.ts";

const SECRET = "0123456789abcdef0123456789abcdef";

/** A container that runs as the pod of a Deployment says. */
export interface Pod {
  readonly deployment: Deployment;
  readonly container: string;
  /** Of one of its named ports, by its own address. */
  url(port: string): string;
}

export interface Cluster {
  readonly pods: readonly Pod[];
  /** By the ConfigMap's name. */
  readonly configMaps: ReadonlyMap<string, MountedConfigMap>;
}

/**
 * The pods of some manifests, `replicas` of each Deployment that does not say how many, on a network without a way out, where the name of a Service leads to all
 * of its pods, as that of a headless one does. Images come from `tag`; nothing of it is left when the test ends.
 */
export async function startPods(
  t: TestContext,
  manifests: readonly Manifest[],
  { replicas, tag }: { readonly replicas: number; readonly tag: string },
): Promise<Cluster> {
  const network = `${tag}-pods`;
  await docker(["network", "create", "--internal", network]);
  const containers: string[] = [];
  t.after(async () => {
    if (containers.length > 0) await docker(["rm", "--force", "--volumes", ...containers]);
    await docker(["network", "rm", network]);
  });
  const configMaps = new Map<string, MountedConfigMap>();
  const folders = new Map<string, string>();
  for (const deployment of deploymentsOf(manifests))
    for (const { configMap } of podOf(deployment).volumes) {
      if (configMap === undefined) continue;
      const { name } = configMap;
      const [[file = "", text = ""] = []] = Object.entries(named(manifests, "ConfigMap", name).data ?? {});
      const mounted = await mountConfigMap(t, file, text);
      configMaps.set(name, mounted);
      folders.set(name, mounted.file.slice(0, -file.length - 1));
    }

  const pods: Pod[] = [];
  for (const deployment of deploymentsOf(manifests))
    for (let replica = 0; replica < (deployment.spec.replicas ?? replicas); replica++) {
      const { image, command: [program, ...args] = [] } = containerOf(deployment);
      const flags = flagsOf(deployment, folders);
      if (program !== undefined) flags.push("--entrypoint", program);
      const built = image.replace(/:.*$/, `:${tag}`);
      const container = await docker(["run", "--detach", "--network", network, ...flags, built, ...args]);
      containers.push(container);
      const format = `{{(index .NetworkSettings.Networks "${network}").IPAddress}}`;
      const address = await docker(["inspect", "--format", format, container]);
      pods.push({ deployment, container, url: (port) => `http://${address}:${portOf(deployment, port)}` });
    }
  return { pods, configMaps };
}

function flagsOf(deployment: Deployment, folders: ReadonlyMap<string, string>): string[] {
  const { env = [], volumeMounts, resources } = containerOf(deployment);
  const { securityContext, volumes } = podOf(deployment);
  const { name } = deployment.metadata;
  const { memory = "", cpu } = resources.limits;
  return [
    ...[name, `${name}-admin`].flatMap((alias) => ["--network-alias", alias]),
    ...["--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"],
    ...["--user", `${securityContext.runAsUser}:${securityContext.runAsUser}`],
    ...["--memory", memory.replace("Mi", "m")],
    ...(cpu === undefined ? [] : ["--cpus", cpu]),
    ...env.flatMap((one) => ["--env", `${one.name}=${one.value ?? SECRET}`]),
    ...volumeMounts.flatMap((mount) => {
      const volume = volumes.find((one) => one.name === mount.name);
      // One without a name goes with its container.
      if (volume?.persistentVolumeClaim) return ["--volume", mount.mountPath];
      return ["--volume", `${folders.get(volume?.configMap?.name ?? "")}:${mount.mountPath}:ro`];
    }),
  ];
}

function portOf(deployment: Deployment, name: string): number {
  const port = containerOf(deployment).ports.find((one) => one.name === name);
  return port?.containerPort ?? assert.fail(`${deployment.metadata.name} has no port "${name}"`);
}

/** Waits until the probe succeeds, for as long as the kubelet would; throws after that. */
export async function succeeds(pod: Pod, { httpGet, periodSeconds, failureThreshold }: Probe): Promise<void> {
  const url = `${pod.url(httpGet.port)}${httpGet.path}`;
  const ask = async () => {
    const signal = AbortSignal.timeout(periodSeconds * 1000);
    return (await fetch(url, { signal }).catch(() => undefined))?.status === 200;
  };
  const what = `${pod.deployment.metadata.name}: ${httpGet.path}`;
  await until(ask, what, periodSeconds * failureThreshold * 1000, 200);
}
