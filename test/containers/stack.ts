import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { chmod, cp, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { claimPorts } from "../../deploy/local/ports.ts";
import { docker, ROOT } from "./docker.ts";

export const SERVICES = [
  "proxy",
  "worker-distilbert",
  "worker-roberta",
  "judge",
  "nightly",
  "prometheus",
  "alertmanager",
] as const;
export type Service = (typeof SERVICES)[number];

export interface Inspected {
  readonly Image: string;
  readonly RestartCount: number;
  readonly State: {
    readonly Status: string;
    readonly ExitCode: number;
    readonly OOMKilled: boolean;
    readonly Health?: { readonly Status: string };
  };
  readonly Config: { readonly User: string; readonly Env: readonly string[] };
  readonly HostConfig: {
    readonly ReadonlyRootfs: boolean;
    readonly Memory: number;
    readonly NanoCpus: number;
    readonly PidsLimit: number;
    readonly CapDrop: readonly string[];
    readonly SecurityOpt: readonly string[];
  };
  readonly NetworkSettings: {
    readonly Networks: Readonly<Record<string, { readonly IPAddress: string }>>;
    readonly Ports: Readonly<Record<string, readonly { HostIp: string; HostPort: string }[] | null>>;
  };
}

/**
 * The stack of deploy/compose.yaml under a project name, image tags, ports and a copy of config/ of its own, so that
 * several can run at once; whatever deploy/.env says here has no say.
 */
export class Stack {
  readonly project: string;
  readonly prometheus: string;
  readonly alertmanager: string;
  readonly drillPort: number;
  readonly #configFolder: string;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #files: readonly string[];

  private constructor(
    root: string,
    files: readonly string[],
    configFolder: string,
    ports: readonly number[],
    environment: Readonly<Record<string, string>>,
  ) {
    // remove-leftovers.sh knows them by this.
    const name = `blindsplit-test-${randomBytes(4).toString("hex")}`;
    const [prometheus = 0, alertmanager = 0, drill = 0] = ports;
    this.project = name;
    this.prometheus = `http://127.0.0.1:${prometheus}`;
    this.alertmanager = `http://127.0.0.1:${alertmanager}`;
    this.drillPort = drill;
    this.#configFolder = configFolder;
    this.#files = files.flatMap((file) => ["--file", join(root, "deploy", file)]);
    this.#environment = {
      ...environment,
      BLINDSPLIT_TAG: name,
      BLINDSPLIT_CONFIG_FOLDER: configFolder,
      // Any free one, and for each replica another.
      BLINDSPLIT_PORT: "0",
      BLINDSPLIT_ADMIN_PORT: "0",
      BLINDSPLIT_JUDGE_PORT: "0",
      BLINDSPLIT_PROMETHEUS_PORT: `${prometheus}`,
      BLINDSPLIT_ALERTMANAGER_PORT: `${alertmanager}`,
      BLINDSPLIT_DRILL_URL: `http://host.docker.internal:${drill}/`,
    };
  }

  /**
   * Nothing is built or started yet.
   * @param environment further variables of the compose files
   * @param root where the compose files are, and what is built
   */
  static async create(
    files: readonly string[] = ["compose.yaml"],
    environment: Readonly<Record<string, string>> = {},
    root = ROOT,
  ): Promise<Stack> {
    const configFolder = await mkdtemp(join(tmpdir(), "blindsplit-containers-"));
    await cp(join(ROOT, "config"), configFolder, { recursive: true });
    await chmod(configFolder, 0o755);
    const address = { flag: "", host: "127.0.0.1", port: 0 };
    const ports = await claimPorts(
      ["Prometheus", "Alertmanager", "drill"].map((use) => ({ use, ...address })),
    );
    return new Stack(root, files, configFolder, ports, environment);
  }

  compose(...args: readonly string[]): Promise<string> {
    const before = ["--project-name", this.project, "--env-file", "/dev/null", "--progress", "plain"];
    return docker(["compose", ...before, ...this.#files, ...args], this.#environment);
  }

  /** Starts containers of images that were built; resolves when they are healthy. */
  async up(...args: readonly string[]): Promise<void> {
    try {
      await this.compose("up", "--detach", "--wait", "--no-build", ...args);
    } catch (error) {
      const logs = await this.compose("logs", "--tail", "20", "--no-color");
      const states = await this.compose("ps", "--all", "--format", "{{.Name}} {{.Status}}");
      throw new Error(`${error instanceof Error ? error.message : error}\n${states}\n${logs}`, {
        cause: error,
      });
    }
  }

  /** Replaces a file of its config/ as an editor does: another file under the old name. */
  async configure(change: (yaml: string) => string, name = "experiment.yaml"): Promise<void> {
    const file = join(this.#configFolder, name);
    await writeFile(`${file}.new`, change(await readFile(file, "utf8")));
    await rename(`${file}.new`, file);
  }

  /** Ids of a service's containers, in the order of their numbers. */
  async containers(service: Service): Promise<string[]> {
    const lines = await this.compose("ps", "--all", "--format", "{{.Name}} {{.ID}}", service);
    const byNumber = lines.split("\n").filter((line) => line !== "");
    byNumber.sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
    return byNumber.map((line) => line.split(" ")[1] ?? "");
  }

  async inspect(service: Service): Promise<Inspected> {
    const [container = ""] = await this.containers(service);
    const [inspected] = JSON.parse(await docker(["inspect", container])) as Inspected[];
    assert.ok(inspected, `${service} has no container`);
    return inspected;
  }

  /** Standard output of a command in the service's first container. */
  exec(service: Service, ...command: readonly string[]): Promise<string> {
    return this.compose("exec", "--no-TTY", service, ...command);
  }

  /** SIGTERM to the service's first container, and SIGKILL after ten seconds. */
  async stop(service: Service): Promise<void> {
    const [container = ""] = await this.containers(service);
    await docker(["stop", container]);
  }

  /** The address on this machine of a container's port; the first replica is 1. */
  async url(service: Service, port: number, replica = 1): Promise<string> {
    const published = await this.compose("port", "--index", `${replica}`, service, `${port}`);
    return `http://127.0.0.1:${published.split(":").at(-1)}`;
  }

  /** Everything that it made, but what builds keep in their cache. */
  async remove(): Promise<void> {
    await this.compose("down", "--volumes", "--remove-orphans", "--timeout", "10");
    const images = ["proxy", "worker"].map((tier) => `blindsplit/${tier}:${this.project}`);
    await docker(["rmi", "--force", ...images]);
    await rm(this.#configFolder, { recursive: true, force: true });
  }
}
