import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

const HERE = import.meta.dirname;

export interface Checkout {
  root: string;
  /** Rewrites a configuration: "experiment", "distilbert" or "roberta". */
  configure(name: string, text: string): void;
}

/** A folder laid out like this repository, with the real supervisor and stand-ins for what it starts. */
export function createCheckout(t: TestContext): Checkout {
  const root = mkdtempSync(join(tmpdir(), "blindsplit-supervisor-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  for (const folder of ["deploy/local", "worker/src", "proxy/src", "analysis/src", "config/workers"])
    mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(join(root, "package.json"), '{"type":"module","version":"0.0.0"}');
  const sources = readdirSync(join(HERE, "..")).filter((name) => /(?<!\.test)\.ts$/.test(name));
  for (const name of sources) cpSync(join(HERE, "..", name), join(root, "deploy/local", name));
  for (const tier of ["worker", "proxy", "analysis"])
    cpSync(join(HERE, "program.ts"), join(root, tier, "src/main.ts"));

  const configure = (name: string, text: string) =>
    writeFileSync(
      join(root, "config", name === "experiment" ? `${name}.yaml` : `workers/${name}.yaml`),
      text,
    );
  configure(
    "experiment",
    variables("BLINDSPLIT_WORKER_DISTILBERT", "BLINDSPLIT_WORKER_ROBERTA", "BLINDSPLIT_SALT"),
  );
  configure("distilbert", "");
  configure("roberta", "");
  return { root, configure };
}

/** A comment that names variables the way a configuration does. */
export const variables = (...names: string[]) => `# ${names.map((name) => `\${${name}}`).join(" ")}\n`;

export interface Running {
  process: ChildProcess;
  /** Everything printed so far, both streams. */
  printed(): string;
  /** Resolves to the match as soon as what was printed matches. */
  prints(pattern: RegExp): Promise<RegExpMatchArray>;
  /** Resolves to the exit code, or the signal's name; rejects when it has not ended a while after it is read. */
  readonly ended: Promise<number | string | null>;
}

/** Only bounds how long a broken run can hang. */
const PATIENCE_MS = 30_000;

/** Starts the checkout's `npm start`, every port free unless `args` say otherwise. */
export function startCheckout(
  t: TestContext,
  { root }: Pick<Checkout, "root">,
  args: readonly string[] = [],
  environment: Record<string, string> = {},
  command: readonly [string, ...string[]] = [process.execPath, join(root, "deploy/local/main.ts")],
): Running {
  const free = ["--port", "0", "--admin-port", "0", "--judge-port", "0", "--worker-ports", "0,0"];
  const [program, ...before] = command;
  const child = spawn(program, [...before, ...free, ...args], {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
    // A group of its own, as a terminal would give it.
    detached: true,
  });
  t.after(() => {
    for (const stream of [child.stdout, child.stderr]) stream.destroy();
    try {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    } catch {
      // The whole group is gone already.
    }
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (text += chunk));
  const ended = once(child, "close").then(([code, signal]) => (signal ?? code) as number | string | null);
  const patienceOver = async () => {
    await pause(PATIENCE_MS, undefined, { ref: false });
    return assert.fail(`did not end; printed:\n${text}`);
  };

  return {
    process: child,
    printed: () => text,
    get ended() {
      return Promise.race([ended, patienceOver()]);
    },
    async prints(pattern) {
      const patience = AbortSignal.timeout(PATIENCE_MS);
      for (;;) {
        const match = text.match(pattern);
        if (match) return match;
        if (patience.aborted) throw new Error(`never printed ${pattern}; printed:\n${text}`);
        if (child.exitCode !== null) throw new Error(`ended without printing ${pattern}; printed:\n${text}`);
        await pause(20);
      }
    },
  };
}

/** The processes of a running checkout, by their names on the ready screen. */
export async function processesOf(
  running: Running,
): Promise<Record<"admin" | "distilbert" | "roberta" | "judge", number>> {
  const screen = (await running.prints(/is running[\s\S]*Ctrl-C/))[0];
  const pid = async (row: string) => Number(await (await fetch(`${urlOn(screen, row)}/pid`)).text());
  return {
    admin: await pid("admin"),
    distilbert: await pid("worker distilbert"),
    roberta: await pid("worker roberta"),
    judge: await pid("judge"),
  };
}

export function urlOn(screen: string, row: string): string {
  return (
    screen.match(new RegExp(`^ *${row} +(http://\\S+)`, "m"))?.[1] ?? assert.fail(`no ${row} in:\n${screen}`)
  );
}

/** A zombie counts as gone: in a container nobody may collect an orphan's remains. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return process.platform !== "linux";
  }
}

export async function gone(pids: readonly number[]): Promise<void> {
  const patience = AbortSignal.timeout(PATIENCE_MS);
  while (pids.some(isAlive)) {
    if (patience.aborted) assert.fail(`still alive: ${pids.filter(isAlive).join(", ")}`);
    await pause(20);
  }
}

export function assertNoneAlive(pids: readonly number[]): void {
  assert.deepEqual(pids.filter(isAlive), [], "left running");
}
