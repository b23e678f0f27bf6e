import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import {
  type Child,
  type Children,
  cpuSeconds,
  freePort,
  untilListening,
} from "../../load/support/children.ts";
import { backendCommand } from "./backend.ts";
import { type Contestant, FEATURES } from "./contestants.ts";
import type { Place } from "./place.ts";

const ROUTED_LIMIT_MS = 10_000;

/** A contestant that listens. */
export interface Runner {
  readonly name: string;
  readonly port: number;
  /** Seconds of CPU that its processes have used so far. */
  cpu(): number;
  readonly child: Child;
}

export interface Race {
  readonly backendPort: number;
  readonly runners: readonly Runner[];
}

export interface RaceOptions {
  readonly children: Children;
  readonly contestants: readonly Contestant[];
  /** What puts a program on the core of the proxies, and on that of the load and the backend; may be empty. */
  readonly onProxyCore: readonly string[];
  readonly onLoadCore: readonly string[];
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly place: Pick<Place, "node" | "root" | "user" | "wheels">;
  /** Where blindsplit leaves its CPU profile; undefined makes none. */
  readonly profileFolder: string | undefined;
}

/** The backend and every contestant, all listening; they wait idle until it is their turn. */
export async function startRace(options: RaceOptions): Promise<Race> {
  const { children, contestants, onLoadCore, onProxyCore, env } = options;
  const backendPort = await freePort();
  const backend = await placeOf("backend", options, backendPort);
  const child = children.start("backend", [...onLoadCore, ...(await backendCommand(backend))]);
  await untilListening(child, backendPort);
  const runners: Runner[] = [];
  for (const contestant of contestants) {
    const { name } = contestant;
    const place = await placeOf(name, options, backendPort);
    const command = profiled(await contestant.command(place), name, options);
    const child = children.start(name, [...onProxyCore, ...command], { env: { ...env, ...contestant.env } });
    await untilListening(child, place.port);
    await untilRouted(place.port);
    runners.push({ name, port: place.port, child, cpu: () => cpuSeconds(child.pid) });
  }
  return { backendPort, runners };
}

/** Some listen before they know where to; what is wrong after that, the proof says. */
async function untilRouted(port: number): Promise<void> {
  const latest = performance.now() + ROUTED_LIMIT_MS;
  while (performance.now() < latest) {
    const { ok } = await fetch(`http://127.0.0.1:${port}/predict`, { signal: AbortSignal.timeout(1_000) });
    if (ok) return;
    await pause(50);
  }
}

async function placeOf(name: string, { folder, place }: RaceOptions, backendPort: number): Promise<Place> {
  const own = join(folder, name);
  await mkdir(own, { recursive: true });
  const port = name === "backend" ? backendPort : await freePort();
  return { ...place, folder: own, port, adminPort: await freePort(), backendPort };
}

function profiled(
  command: readonly string[],
  name: string,
  { profileFolder }: RaceOptions,
): readonly string[] {
  if (profileFolder === undefined || !FEATURES.some((own) => own.name === name)) return command;
  const [node = "", ...args] = command;
  return [node, "--cpu-prof", `--cpu-prof-dir=${profileFolder}`, ...args];
}
