import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { CommandError } from "../../../worker/evaluation/command-error.ts";

/** How much of what a child says is kept for the message about its end. */
const SAID_LIMIT = 4_000;
const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4_096;

export interface Child {
  readonly name: string;
  readonly pid: number;
  /** The last that it said on either stream. */
  said(): string;
  running(): boolean;
  signal(name: NodeJS.Signals): void;
  /** SIGTERM, and SIGKILL after `patienceMs`; resolves with the exit code once it is gone. */
  stop(patienceMs?: number): Promise<number | null>;
}

/** Owns every process that one run starts, so that none of them outlives it. */
export class Children {
  readonly #running = new Set<Child>();

  /** @param command the program and its arguments; `options.env` comes on top of nothing */
  start(
    name: string,
    command: readonly string[],
    options: { readonly env?: NodeJS.ProcessEnv; readonly cwd?: string } = {},
  ): Child {
    const [program = "", ...args] = command;
    const child = spawn(program, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    const said = keepLast(child);
    const ended = new Promise<number | null>((resolve) => {
      child.once("exit", (code) => resolve(code));
      child.once("error", (error) => {
        said.text += `\n${error.message}`;
        resolve(null);
      });
    });
    const started: Child = {
      name,
      pid: child.pid ?? 0,
      said: () => said.text.trim(),
      running: () => child.exitCode === null && child.signalCode === null && child.pid !== undefined,
      signal: (signal) => void child.kill(signal),
      async stop(patienceMs = 10_000) {
        if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
        const kill = setTimeout(() => child.kill("SIGKILL"), patienceMs);
        const code = await ended;
        clearTimeout(kill);
        return code;
      },
    };
    this.#running.add(started);
    void ended.then(() => this.#running.delete(started));
    return started;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#running].reverse().map((child) => child.stop()));
  }

  /** At once and without waiting, for the end of the process that owns them. */
  kill(): void {
    for (const child of this.#running) child.signal("SIGKILL");
  }
}

function keepLast(child: ChildProcess): { text: string } {
  const said = { text: "" };
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding("utf8").on("data", (text: string) => {
      said.text = (said.text + text).slice(-SAID_LIMIT);
    });
  return said;
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

/** Resolves once somebody accepts connections on the port; throws with what the child said if it ends before. */
export async function untilListening(child: Child, port: number, patienceMs = 20_000): Promise<void> {
  const latest = performance.now() + patienceMs;
  while (!(await accepts(port))) {
    if (!child.running())
      throw new CommandError(
        "not_started",
        `${child.name} ended before it listened on ${port}:\n${child.said()}`,
      );
    if (performance.now() > latest)
      throw new CommandError(
        "not_started",
        `${child.name} does not listen on ${port} after ${patienceMs} ms:\n${child.said()}`,
      );
    await pause(50);
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

/** User and system time of a process, all its threads and all its children, in seconds; steps of 10 ms. */
export function cpuSeconds(pid: number): number {
  // The name stands in parentheses and may hold spaces; utime and stime are the fields 14 and 15.
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const own = (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1").trim().split(" ");
  return children.filter(Boolean).reduce((sum, child) => sum + cpuSeconds(Number(child)), own);
}

/** Resident memory of one process. */
export function residentBytes(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/statm`, "latin1").split(" ")[1]) * PAGE_BYTES;
}
