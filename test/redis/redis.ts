import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";

export interface RunningRedis {
  readonly url: string;
  /** What it answers to one command in its own words, such as `KEYS *`. */
  tell(command: string): Promise<string>;
  /** Ends the process; its port stays the same for the next `start`. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Stops it from answering without closing a connection, and lets it go on. */
  freeze(): void;
  thaw(): void;
}

const PASSWORD = "test-password";

/** A real redis-server with a password, without files, until the test ends. */
export async function startRedis(t: TestContext): Promise<RunningRedis> {
  const folder = await mkdtemp(join(tmpdir(), "blindsplit-redis-"));
  const port = await freePort();
  let child: ChildProcess | undefined;
  async function start(): Promise<void> {
    const flags = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, "--save", ""];
    const started = spawn("redis-server", [...flags, "--appendonly", "no", "--requirepass", PASSWORD]);
    let said = "";
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    started.once("error", () =>
      reject(new Error("redis-server cannot be started: install it (apt-get install redis-server)")),
    );
    started.once("exit", () => reject(new Error(`redis-server ended before it was ready:\n${said}`)));
    started.stdout.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      if (said.includes("Ready to accept connections")) resolve();
    });
    await promise;
    child = started;
  }
  async function stop(): Promise<void> {
    const running = child;
    child = undefined;
    if (running === undefined) return;
    running.kill("SIGKILL");
    await once(running, "close");
  }
  t.after(async () => {
    await stop();
    await rm(folder, { recursive: true });
  });
  await start();
  return {
    url: `redis://:${PASSWORD}@127.0.0.1:${port}`,
    tell: (command) => tell(port, command),
    start,
    stop,
    freeze: () => child?.kill("SIGSTOP"),
    thaw: () => child?.kill("SIGCONT"),
  };
}

async function tell(port: number, command: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  let answer = "";
  socket.setEncoding("utf8").on("data", (text: string) => {
    answer += text;
  });
  socket.write(`AUTH ${PASSWORD}\r\n${command}\r\nQUIT\r\n`);
  await once(socket, "close");
  return answer.replace(/^\+OK\r\n/, "").replace(/\+OK\r\n$/, "");
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
