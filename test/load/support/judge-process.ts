import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Verdict } from "../../../analysis/src/verdict/verdict.ts";
import { type Child, untilListening } from "./children.ts";
import type { Run } from "./run.ts";

const ROOT = join(import.meta.dirname, "../../..");
const ASK_LIMIT_MS = 10_000;

/** The judge as a process, which reads the gateways of its configuration. */
export interface JudgeProcess {
  readonly child: () => Child;
  /** Of the last look; undefined before the first, and while it does not answer. */
  verdict(): Promise<Verdict | undefined>;
  /** The first one of which `isIt` says yes. */
  verdictWhen(isIt: (verdict: Verdict) => boolean, what: string, limitMs: number): Promise<Verdict>;
  /** Starts it anew on the same port after it has ended. */
  start(): Promise<void>;
}

/** @param flags such as `--step 1s` */
export async function startJudge(
  run: Run,
  { file, port, flags }: { readonly file: string; readonly port: number; readonly flags: readonly string[] },
): Promise<JudgeProcess> {
  let child: Child | undefined;
  const start = async () => {
    const options = ["judge", "--config", file, "--port", String(port), ...flags];
    child = run.children.start("judge", [run.node, join(ROOT, "analysis/src/main.ts"), ...options], {
      env: run.environment,
    });
    await untilListening(child, port);
  };
  const verdict = async () => {
    try {
      const url = `http://127.0.0.1:${port}/verdict/open`;
      const response = await fetch(url, { signal: AbortSignal.timeout(ASK_LIMIT_MS) });
      return response.ok ? ((await response.json()) as Verdict) : undefined;
    } catch {
      return undefined;
    }
  };
  await start();
  return {
    start,
    verdict,
    child() {
      if (child === undefined) throw new Error("the judge has not been started");
      return child;
    },
    async verdictWhen(isIt, what, limitMs) {
      const latest = performance.now() + limitMs;
      for (;;) {
        const found = await verdict();
        if (found !== undefined && isIt(found)) return found;
        if (performance.now() > latest)
          throw new Error(`${what}: not after ${limitMs} ms; the judge said:\n${child?.said()}`);
        await pause(100);
      }
    },
  };
}
