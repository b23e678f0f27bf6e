import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { claimPorts } from "../../deploy/local/ports.ts";

/** One series of an instant query. */
export interface Sample {
  labels: Readonly<Record<string, string>>;
  value: number;
}

/** One rule as Prometheus last evaluated it. */
export interface EvaluatedRule {
  /** Of the recorded series, or of the alert. */
  name: string;
  type: "recording" | "alerting";
  health: "ok" | "err" | "unknown";
  lastError?: string;
  /** Of an alert. */
  state?: "inactive" | "pending" | "firing";
}

export interface Prometheus {
  url: string;
  query(expression: string): Promise<Sample[]>;
  /** The health of each target, by job and address: "sentiment-worker 127.0.0.1:8101" → "up". */
  targets(): Promise<Record<string, string>>;
  rules(): Promise<EvaluatedRule[]>;
}

/** Only bounds how long a broken run can hang. */
const patienceMs = 60_000;

/** Runs a program that goes on until its stdin ends, so that it never outlives a test that was killed. */
const untilStdinEnds = '"$@" & cat >/dev/null; kill $!; wait';

export function assertInstalled(): void {
  const missing = ["prometheus", "promtool"].filter((name) => spawnSync(name, ["--version"]).error);
  assert.deepEqual(
    missing,
    [],
    "the Prometheus suite cannot run: install prometheus, with promtool (apt-get install prometheus, brew install prometheus)",
  );
}

export function promtool(args: readonly string[], input = ""): { status: number | null; said: string } {
  const { status, stdout, stderr } = spawnSync("promtool", [...args], { input, encoding: "utf8" });
  return { status, said: `${stdout}${stderr}`.trim() };
}

/** Resolves to the first answer of `look` that is not undefined; `seen` is asked, for the message, if none comes. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined>,
  seen: () => string = () => "",
): Promise<T> {
  const patience = AbortSignal.timeout(patienceMs);
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (patience.aborted) assert.fail(`never happened: ${what} ${seen()}`);
    await pause(100);
  }
}

interface Answer {
  status: string;
  error?: string;
  data: {
    result: { metric: Record<string, string>; value: [number, string] }[];
    groups: { rules: EvaluatedRule[] }[];
    activeTargets: { labels: { job: string; instance: string }; health: string }[];
  };
}

/** Runs a program until it is stopped or this process ends; `said` is the end of its standard error. */
export function startProgram(program: string, args: readonly string[]) {
  const child = spawn("sh", ["-c", untilStdinEnds, "sh", program, ...args], {
    stdio: ["pipe", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => {
    said = `${said}${chunk}`.slice(-4_000);
  });
  const ended = once(child, "close");
  return {
    said: () => said,
    async stop() {
      child.stdin.end();
      await ended;
    },
  };
}

/** A Prometheus of its own, with its data in a temporary folder, until the test ends. */
export async function startPrometheus(t: TestContext, config: string): Promise<Prometheus> {
  const folder = await mkdtemp(join(tmpdir(), "blindsplit-prometheus-"));
  const configFile = join(folder, "prometheus.yml");
  await writeFile(configFile, config);
  const [port] = await claimPorts([{ use: "Prometheus", flag: "", host: "127.0.0.1", port: 0 }]);
  const { said, stop } = startProgram("prometheus", [
    `--config.file=${configFile}`,
    `--storage.tsdb.path=${join(folder, "data")}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ]);
  t.after(async () => {
    await stop();
    await rm(folder, { recursive: true, force: true });
  });

  const base = `http://127.0.0.1:${port}`;
  await eventually("Prometheus is ready", async () => {
    if (/level=error/.test(said())) assert.fail(`Prometheus cannot start:\n${said()}`);
    const answer = await fetch(`${base}/-/ready`).catch(() => undefined);
    return answer?.ok ? true : undefined;
  });

  async function ask(path: string): Promise<Answer["data"]> {
    const answer = await fetch(`${base}/api/v1/${path}`);
    const { status, error, data } = (await answer.json()) as Answer;
    assert.equal(status, "success", error ?? "no success");
    return data;
  }

  return {
    url: base,
    async query(expression) {
      const { result } = await ask(`query?query=${encodeURIComponent(expression)}`);
      return result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
    },
    async rules() {
      const { groups } = await ask("rules");
      return groups.flatMap(({ rules }) => rules);
    },
    async targets() {
      const { activeTargets } = await ask("targets");
      return Object.fromEntries(
        activeTargets.map(({ labels, health }) => [`${labels.job} ${labels.instance}`, health]),
      );
    },
  };
}
