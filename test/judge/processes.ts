import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { claimPorts } from "../../deploy/local/ports.ts";

const ROOT = join(import.meta.dirname, "../..");
const ENTRY = join(ROOT, "analysis/src/main.ts");
/** Only bounds how long a broken run can hang. */
const PATIENCE_MS = 60_000;

/** Resolves to the first answer of `look` that is not undefined. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined> | T | undefined,
  seen: () => string = () => "",
): Promise<T> {
  const patience = AbortSignal.timeout(PATIENCE_MS);
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (patience.aborted) throw new Error(`never happened: ${what}\n${seen()}`);
    await pause(50);
  }
}

export interface Program {
  /** Everything that it said since it was started first. */
  said(): string;
  start(): Promise<void>;
  /** SIGTERM, and its exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL. */
  kill(): Promise<void>;
}

/**
 * The whole product's command as a process of its own, until the test ends; started again with the same arguments.
 * @param readyUrl answers 200 once it is up
 */
export function program(
  t: TestContext,
  argv: readonly string[],
  readyUrl: string,
  env: Readonly<Record<string, string>> = {},
): Program {
  let child: ChildProcess | undefined;
  let said = "";
  const end = async (signal: NodeJS.Signals) => {
    const running = child;
    child = undefined;
    if (running === undefined || running.exitCode !== null || running.signalCode !== null)
      return running?.exitCode ?? null;
    running.kill(signal);
    const [code] = await once(running, "exit");
    return code as number | null;
  };
  t.after(() => end("SIGKILL"));
  return {
    said: () => said,
    async start() {
      const started = spawn(process.execPath, [ENTRY, ...argv], {
        cwd: ROOT,
        env,
        // A channel, so that it ends with this process however that ends.
        stdio: ["ignore", "pipe", "pipe", "ipc"],
      });
      child = started;
      for (const stream of [started.stdout, started.stderr])
        stream?.setEncoding("utf8").on("data", (text: string) => {
          said += text;
        });
      await eventually(
        `${argv[0]} is ready`,
        async () => {
          if (started.exitCode !== null) throw new Error(`it ended with ${started.exitCode}:\n${said}`);
          return (await fetch(readyUrl).catch(() => undefined))?.status === 200 || undefined;
        },
        () => said,
      );
    },
    stop: () => end("SIGTERM"),
    async kill() {
      await end("SIGKILL");
    },
  };
}

/** Runs the command to its end. */
export async function runCommand(
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: number | null; readonly out: string; readonly err: string }> {
  const child = spawn(process.execPath, [ENTRY, ...argv], {
    cwd: ROOT,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [out, err] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    err += text;
  });
  const [code] = await once(child, "close");
  return { code: code as number | null, out, err };
}

export async function freePorts(count: number): Promise<number[]> {
  return claimPorts(
    Array.from({ length: count }, (_, index) => ({ use: `${index}`, flag: "", host: "127.0.0.1", port: 0 })),
  );
}

export interface Folder {
  path(name: string): string;
  /** Replaces a file, as an editor does. */
  write(name: string, text: string): Promise<void>;
}

/** A folder of its own, until the test ends. */
export async function makeFolder(t: TestContext): Promise<Folder> {
  const folder = await mkdtemp(join(tmpdir(), "blindsplit-judge-"));
  t.after(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  const path = (name: string) => join(folder, name);
  return {
    path,
    async write(name, text) {
      await writeFile(path(`${name}.new`), text);
      await rename(path(`${name}.new`), path(name));
    },
  };
}
