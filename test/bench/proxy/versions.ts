import { join } from "node:path";
import { describeMachine, type Machine, packageVersion } from "../support/machine.ts";
import { output } from "../support/program.ts";
import type { Contestant } from "./contestants.ts";
import type { Wheels } from "./wheels.ts";

/** The machine, and the versions of all that is compared. */
export async function describeRun(
  contestants: readonly Contestant[],
  { root, node, wheels }: { readonly root: string; readonly node: string; readonly wheels: Wheels },
): Promise<Machine> {
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
  return describeMachine({
    blindsplit: packageVersion(root),
    undici: packageVersion(join(root, "proxy/node_modules/undici")),
    "http-proxy-3": packageVersion(join(root, "proxy/node_modules/http-proxy-3")),
    ...Object.fromEntries(versions),
  });
}

function versionIn(text: string): string {
  return /\d+\.\d+(\.\d+)?/.exec(text)?.[0] ?? text.trim().slice(0, 40);
}
