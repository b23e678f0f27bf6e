import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { claimPorts } from "../../deploy/local/ports.ts";
import { eventually } from "../prometheus/prometheus.ts";

const ROOT = join(import.meta.dirname, "../..");

/** One of our programs as a process that can be killed and started again on its port. */
export interface Program {
  readonly url: string;
  start(): Promise<void>;
  /** As when the machine pulls the plug. */
  kill(): Promise<void>;
}

/**
 * Started, until the test ends.
 * @param main relative to the repository
 * @param args the flags, from the port that it is to listen on
 * @param readyPath answers 200 when it is ready
 */
export async function startProgram(
  t: TestContext,
  main: string,
  args: (port: number) => readonly string[],
  readyPath: string,
): Promise<Program> {
  const [port = 0] = await claimPorts([{ use: main, flag: "", host: "127.0.0.1", port: 0 }]);
  const url = `http://127.0.0.1:${port}`;
  let child: ChildProcess | undefined;
  const program: Program = {
    url,
    async start() {
      child = spawn(process.execPath, [join(ROOT, main), ...args(port)], {
        cwd: ROOT,
        stdio: ["ignore", "ignore", "inherit"],
        env: { ...process.env, BLINDSPLIT_SALT: "" },
      });
      await eventually(`${main} is ready`, async () => {
        const answer = await fetch(`${url}${readyPath}`).catch(() => undefined);
        return answer?.ok ? true : undefined;
      });
    },
    async kill() {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    },
  };
  t.after(() => program.kill());
  await program.start();
  return program;
}
