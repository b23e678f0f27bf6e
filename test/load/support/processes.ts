import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseExposition, samplesOf } from "../../../worker/evaluation/exposition.ts";
import { type Child, freePort, untilListening } from "./children.ts";
import type { Run } from "./run.ts";
import type { Weights } from "./units.ts";

const ROOT = join(import.meta.dirname, "../../..");
const ADMIN_LIMIT_MS = 10_000;

/** A service that says its name, as a process; its port stays the same over restarts. */
export interface Upstream {
  readonly name: string;
  readonly url: string;
  readonly port: number;
  kill(): Promise<void>;
  /** Lets requests in flight end. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** @param delayMs how long it takes over a small request */
export async function startUpstream(run: Run, name: string, delayMs = 0): Promise<Upstream> {
  const port = await freePort();
  const script = join(ROOT, "test/load/standin/upstream.ts");
  let child: Child | undefined;
  const start = async () => {
    child = run.children.start(name, [run.node, script, name, String(port), String(delayMs)], {
      env: run.environment,
    });
    await untilListening(child, port);
  };
  await start();
  return {
    ...{ name, port, start, url: `http://127.0.0.1:${port}` },
    async kill() {
      child?.signal("SIGKILL");
      await child?.stop();
    },
    stop: async () => void (await child?.stop()),
  };
}

/** The proxy as a process, with a configuration file of its own. */
export interface ProxyProcess {
  readonly port: number;
  readonly adminPort: number;
  readonly child: () => Child;
  /** Replaces the file, as an editor does. */
  write(yaml: string): Promise<void>;
  /** Asks for a reload; what came of it. */
  reload(): Promise<string>;
  /** The sum of all series of this name with these labels now; undefined if there is none. */
  metric(name: string, labels?: Readonly<Record<string, string>>): Promise<number | undefined>;
  /** Starts it anew on the same ports after it has ended. */
  start(): Promise<void>;
}

/** @param nodeFlags for Node itself */
export async function startProxy(
  run: Run,
  yaml: string,
  name = "proxy",
  nodeFlags: readonly string[] = [],
): Promise<ProxyProcess> {
  const file = join(run.folder, `${name}.yaml`);
  const [port, adminPort] = [await freePort(), await freePort()];
  const admin = `http://127.0.0.1:${adminPort}`;
  const ask = (path: string, method = "GET") =>
    fetch(`${admin}${path}`, { method, signal: AbortSignal.timeout(ADMIN_LIMIT_MS) });
  const write = async (text: string) => {
    await writeFile(`${file}.new`, text);
    await rename(`${file}.new`, file);
  };
  let child: Child | undefined;
  const running = () => {
    if (child === undefined) throw new Error("the proxy has not been started");
    return child;
  };
  const start = async () => {
    const ports = ["--port", String(port), "--admin-port", String(adminPort)];
    const command = [run.node, ...nodeFlags, join(ROOT, "proxy/src/main.ts"), "--config", file, ...ports];
    child = run.children.start(name, command, { env: run.environment });
    await untilListening(child, port);
  };
  await write(yaml);
  await start();
  return {
    ...{ port, adminPort, child: running, write, start },
    async reload() {
      const outcome = (await (await ask("/-/reload", "POST")).json()) as { result?: string };
      return outcome.result ?? JSON.stringify(outcome);
    },
    async metric(name, labels = {}) {
      const exposition = parseExposition(await (await ask("/metrics")).text());
      const samples = samplesOf(exposition, name).filter((sample) =>
        Object.entries(labels).every(([label, value]) => sample.labels.get(label) === value),
      );
      return samples.length === 0 ? undefined : samples.reduce((sum, { value }) => sum + value, 0);
    },
  };
}

/** Two variants, `a` and `b`; further keys are YAML. */
export function twoVariants(
  weights: Weights,
  a: readonly Upstream[],
  b: readonly Upstream[],
  more = "",
): string {
  const line = (name: string, weight: number, upstreams: readonly Upstream[]) =>
    `  - { name: ${name}, weight: ${weight}, upstreams: [${upstreams.map(({ url }) => `"${url}"`).join(", ")}] }`;
  return `experiment: { name: load }\nvariants:\n${line("a", weights[0], a)}\n${line("b", weights[1], b)}\n${more}\n`;
}
