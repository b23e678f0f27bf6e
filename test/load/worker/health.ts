import { Worker } from "node:worker_threads";
import { Latencies } from "../support/latency.ts";

const ENTRY = new URL("./health-thread.ts", import.meta.url);
/** After being told to stop. */
const LAST_LIMIT_MS = 30_000;

export interface HealthWatch {
  /** Ends it; the milliseconds of every call, from when it was due. */
  stop(): Promise<Latencies>;
}

/** Asks `/healthz` on a connection and in a thread of its own, so that the load does not delay what it measures. */
export function watchHealth(port: number, everyMs: number): HealthWatch {
  const thread = new Worker(ENTRY, { workerData: { port, everyMs } });
  const measured = new Promise<readonly number[]>((resolve, reject) => {
    thread.once("message", resolve).once("error", reject);
  });
  // Whoever stops it learns of a failure; until then nobody waits for one.
  measured.catch(() => undefined);
  return {
    async stop() {
      thread.postMessage("stop");
      const limit = setTimeout(() => void thread.terminate(), LAST_LIMIT_MS);
      const latencies = new Latencies();
      for (const ms of await measured) latencies.add(ms);
      clearTimeout(limit);
      await thread.terminate();
      return latencies;
    },
  };
}
