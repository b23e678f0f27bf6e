import { readFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, release, totalmem } from "node:os";
import { join } from "node:path";
import type { Contestant } from "./contestants.ts";
import type { Wheels } from "./wheels.ts";
import { output } from "./wrk.ts";

export interface Machine {
  readonly date: string;
  readonly cpu: string;
  readonly cores: number;
  /** Whether the core of the proxies and that of the load are threads of one: then each slows the other. */
  readonly shared: boolean;
  readonly memoryGiB: number;
  readonly kernel: string;
  /** Before the run, over one minute: what else the machine had to do. */
  readonly load: number;
  readonly versions: Readonly<Record<string, string>>;
}

/** Where and with what the figures were measured. */
export async function describeMachine(
  contestants: readonly Contestant[],
  { root, node, wheels }: { readonly root: string; readonly node: string; readonly wheels: Wheels },
): Promise<Machine> {
  const packageVersion = (folder: string) =>
    (JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")) as { version: string }).version;
  const said: [string, readonly string[]][] = [
    ["node", [node, "--version"]],
    ["nginx", ["nginx", "-v"]],
    ["h2load", ["h2load", "--version"]],
  ];
  const has = (name: string) => contestants.some((contestant) => contestant.name === name);
  if (has("haproxy")) said.push(["haproxy", ["haproxy", "-v"]]);
  if (has("envoy")) said.push(["envoy", [wheels.envoy, "--version"]]);
  if (has("traefik")) said.push(["traefik", [wheels.traefik, "version"]]);
  const versions = await Promise.all(
    said.map(async ([name, command]) => [name, versionIn(await output(command))]),
  );
  return {
    date: new Date().toISOString(),
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    shared: shareOneCore(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    load: loadavg()[0] ?? Number.NaN,
    versions: {
      blindsplit: packageVersion("."),
      undici: packageVersion("proxy/node_modules/undici"),
      "http-proxy-3": packageVersion("proxy/node_modules/http-proxy-3"),
      ...Object.fromEntries(versions),
    },
  };
}

function shareOneCore(): boolean {
  try {
    const siblings = readFileSync("/sys/devices/system/cpu/cpu0/topology/thread_siblings_list", "latin1");
    return /\b0[-,]1\b/.test(siblings);
  } catch {
    return false;
  }
}

function versionIn(text: string): string {
  return /\d+\.\d+(\.\d+)?/.exec(text)?.[0] ?? text.trim().slice(0, 40);
}
