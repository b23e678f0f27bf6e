import { spawn } from "node:child_process";
import { createLastWords } from "./last-words.ts";
import { splitLines } from "./lines.ts";
import type { LogFile } from "./log-file.ts";
import { type LogLine, readLogLine } from "./log-line.ts";
import type { ProcessPlan } from "./plan.ts";

/** A grandchild may hold the pipes open after the child is gone; its words are not waited for longer than this. */
const DRAIN_LIMIT_MS = 300;

export interface Child {
  readonly pid: number | undefined;
  /** "exit code 1", "SIGKILL": resolves once, when the process is gone. Never rejects. */
  readonly gone: Promise<string>;
  isAlive(): boolean;
  /** The last lines in plain words (not JSON) on stderr and the last errors from its log, oldest first, each said once. */
  lastWords(): readonly string[];
  /** The last line for the person at the terminal, and when anything at all was last heard. */
  lastHeard(): { at: number; text: string };
  signal(name: NodeJS.Signals): void;
}

export interface ChildOptions {
  execPath: string;
  plan: ProcessPlan;
  log: LogFile;
  now: () => number;
  onLine: (line: LogLine) => void;
}

export function startChild({ execPath, plan, log, now, onLine }: ChildOptions): Child {
  const child = spawn(execPath, [...plan.args], {
    cwd: plan.cwd,
    env: plan.environment,
    // The channel carries no messages. It breaks when this process dies, however it dies, and then the child stops.
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    // A process group of its own: a terminal's Ctrl-C goes to everyone in the group, and a gateway that then gets our
    // SIGTERM as well takes it for the second request, the one that cuts off what is in flight.
    detached: true,
  });
  const words = createLastWords(now);
  let heard = { at: now(), text: "" };
  let alive = child.pid !== undefined;

  const listen = (line: string, isStderr: boolean) => {
    const entry = readLogLine(line);
    const isWords = entry.kind === "text" && entry.text.trim() !== "";
    const isNews = isWords || entry.kind === "notice" || entry.kind === "warning";
    heard = { at: now(), text: isNews ? entry.text.trim() : heard.text };
    if (words.hear(entry, isStderr)) onLine(entry);
  };
  for (const stream of [child.stdout, child.stderr]) {
    const lines = splitLines((line) => listen(line, stream === child.stderr));
    stream?.on("data", (chunk: Buffer) => {
      log.write(chunk);
      lines.push(chunk);
    });
    stream?.on("end", lines.end);
  }

  const gone = new Promise<string>((resolve) => {
    child.on("error", (error) => {
      // Also raised for a signal or a channel that failed; only a process that never began is gone by it.
      if (child.pid === undefined) resolve(`could not be started: ${error.message}`);
    });
    child.on("exit", (code, signal) => {
      alive = false;
      const how = signal ?? `exit code ${code}`;
      const limit = setTimeout(() => resolve(how), DRAIN_LIMIT_MS);
      child.on("close", () => {
        clearTimeout(limit);
        resolve(how);
      });
    });
  });

  return {
    pid: child.pid,
    gone,
    isAlive: () => alive,
    lastWords: words.lines,
    lastHeard: () => heard,
    signal: (name) => void child.kill(name),
  };
}

/** What it said last and where the rest is, as further lines of a message. */
export function quote(child: Child, log: LogFile): string {
  return [...child.lastWords(), `log: ${log.path}`].map((line) => `\n    ${line}`).join("");
}
