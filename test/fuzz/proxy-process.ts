import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseExposition, samplesOf } from "../../worker/evaluation/exposition.ts";

const MAIN = join(import.meta.dirname, "../../proxy/src/main.ts");
const HEALTH_LIMIT_MS = 5000;

/** What has to be the same after as before. */
export interface Handles {
  readonly descriptors: number;
  readonly connections: number;
  readonly inFlight: number;
  readonly generations: number;
  /** Of /metrics: a label whose value a caller can choose would make new ones. */
  readonly series: number;
}

/** The real gateway in a process of its own. */
export class ProxyProcess {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly port: number;
  readonly #admin: string;

  private constructor(child: ChildProcess, folder: string, port: number, admin: string) {
    this.#child = child;
    this.#folder = folder;
    this.port = port;
    this.#admin = admin;
  }

  static async start(yaml: string): Promise<ProxyProcess> {
    const folder = await mkdtemp(join(tmpdir(), "blindsplit-fuzz-"));
    const file = join(folder, "experiment.yaml");
    await writeFile(file, yaml);
    const child = spawn(process.execPath, [MAIN, "--config", file, "--port", "0", "--admin-port", "0"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const { promise, resolve, reject } = Promise.withResolvers<{ traffic: number; admin: number }>();
    let said = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      said = (said + text).slice(-10_000);
      const line = said.split("\n").find((one) => one.includes('"started"'));
      if (line === undefined) return;
      const { traffic, admin } = JSON.parse(line) as { traffic: { port: number }; admin: { port: number } };
      resolve({ traffic: traffic.port, admin: admin.port });
    });
    child.once("exit", () => reject(new Error(`the gateway ended before it was ready:\n${said}`)));
    const { traffic, admin } = await promise;
    return new ProxyProcess(child, folder, traffic, `http://127.0.0.1:${admin}`);
  }

  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** How long the admin listener takes to say that it is alive; throws if that is too long. */
  async pingMs(): Promise<number> {
    const begun = performance.now();
    const response = await fetch(`${this.#admin}/-/healthy`, {
      signal: AbortSignal.timeout(HEALTH_LIMIT_MS),
    });
    await response.arrayBuffer();
    return performance.now() - begun;
  }

  async handles(): Promise<Handles> {
    const response = await fetch(`${this.#admin}/metrics`, { headers: { connection: "close" } });
    const scrape = parseExposition(await response.text());
    const sum = (name: string) => samplesOf(scrape, name).reduce((total, { value }) => total + value, 0);
    const descriptors = await readdir(`/proc/${this.#child.pid}/fd`);
    return {
      descriptors: descriptors.length,
      connections: sum("ab_connections"),
      inFlight: sum("ab_upstream_in_flight"),
      generations: sum("ab_generations"),
      series: scrape.samples.size,
    };
  }

  async stop(): Promise<void> {
    if (this.isAlive) {
      this.#child.kill("SIGTERM");
      await once(this.#child, "exit");
    }
    await rm(this.#folder, { recursive: true });
  }
}
