import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { access, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { claimPorts } from "../../deploy/local/ports.ts";

const BLINDSPLIT = join(import.meta.dirname, "../../.blindsplit");
const VENV = join(BLINDSPLIT, "mlflow-venv");
/** The tracking server, without what MLflow needs for models. */
const PACKAGES = [
  ...["mlflow-skinny==3.17.2", "flask<4", "flask-cors<7", "sqlalchemy<3", "alembic<2", "sqlparse<1"],
  ...["graphene<4", "huey<4", "pandas<4", "aiohttp<4"],
];
const INSTALL_LIMIT_MS = 600_000;
const START_LIMIT_MS = 300_000;

const run = promisify(execFile);

/** Makes the Python environment of MLflow, once; the message of what fails says what is missing. */
export async function prepareMlflow(): Promise<void> {
  await mkdir(BLINDSPLIT, { recursive: true });
  const python = join(VENV, "bin/python");
  const hasVenv = await access(python).then(
    () => true,
    () => false,
  );
  if (!hasVenv) await run("python3", ["-m", "venv", VENV]);
  await run(python, ["-m", "pip", "install", "--quiet", ...PACKAGES], { timeout: INSTALL_LIMIT_MS });
}

/** A tracking server of its own until the test ends. @param more further flags of `mlflow server` */
export async function startMlflow(t: TestContext, more: readonly string[] = []): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "blindsplit-mlflow-"));
  const [port] = await claimPorts([{ use: "MLflow", flag: "", host: "127.0.0.1", port: 0 }]);
  const args = [
    ...["-m", "mlflow", "server", "--host", "127.0.0.1", "--port", String(port), "--workers", "1"],
    ...["--backend-store-uri", `sqlite:///${join(folder, "mlflow.db")}`, ...more],
    ...(more.length === 0 ? ["--artifacts-destination", join(folder, "artifacts")] : []),
  ];
  // A group of its own: the server is a child of what is started.
  const child = spawn(join(VENV, "bin/python"), args, {
    cwd: folder,
    detached: true,
    env: { ...process.env, MLFLOW_SERVER_ENABLE_JOB_EXECUTION: "false", MLFLOW_DISABLE_TELEMETRY: "true" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => {
      said = `${said}${text}`.slice(-4_000);
    });
  const ended = once(child, "close");
  t.after(async () => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, "SIGKILL");
    await ended;
    await rm(folder, { recursive: true, force: true });
  });
  const url = `http://127.0.0.1:${port}`;
  const deadline = Date.now() + START_LIMIT_MS;
  while (!(await isUp(url))) {
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`MLflow did not start:\n${said}`);
    await pause(200);
  }
  return url;
}

async function isUp(url: string): Promise<boolean> {
  return fetch(`${url}/health`).then(
    ({ ok }) => ok,
    () => false,
  );
}

/** What MLflow's own REST API says of a run. */
export async function readRun(url: string, id: string) {
  const answer = await fetch(`${url}/api/2.0/mlflow/runs/get?run_id=${id}`);
  const { run } = (await answer.json()) as {
    run: {
      info: { status: string; run_name: string; experiment_id: string; end_time: number };
      data: Record<"metrics" | "params" | "tags", { key: string; value: string | number }[]>;
    };
  };
  const table = (kind: "metrics" | "params" | "tags") =>
    Object.fromEntries(run.data[kind].map(({ key, value }) => [key, value]));
  return { info: run.info, metrics: table("metrics"), params: table("params"), tags: table("tags") };
}

/** Every value that a metric has had, in the order of its steps. */
export async function readHistory(url: string, id: string, key: string): Promise<number[]> {
  const query = `run_id=${id}&metric_key=${encodeURIComponent(key)}`;
  const answer = await fetch(`${url}/api/2.0/mlflow/metrics/get-history?${query}`);
  const { metrics } = (await answer.json()) as { metrics: { value: number; step?: number }[] };
  return metrics.toSorted((one, other) => (one.step ?? 0) - (other.step ?? 0)).map(({ value }) => value);
}

/** Names of what a run keeps, and how to get one. */
export async function listArtifacts(url: string, id: string): Promise<string[]> {
  const answer = await fetch(`${url}/api/2.0/mlflow/artifacts/list?run_id=${id}`);
  const { files = [] } = (await answer.json()) as { files?: { path: string }[] };
  return files.map(({ path }) => path).toSorted((one, other) => (one < other ? -1 : 1));
}

export async function readArtifact(url: string, id: string, path: string): Promise<string> {
  return (await fetch(`${url}/get-artifact?run_uuid=${id}&path=${path}`)).text();
}
