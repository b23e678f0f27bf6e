import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { nearestRank } from "../../../worker/evaluation/latency.ts";
import { output } from "../support/program.ts";
import { type ClosedLoop, SMALL_BODY } from "./wrk.ts";

/**
 * Requests that leave at a fixed rate, whatever the answers take. wrk and its like cannot: they wait for an answer
 * before they send the next request, so a slow proxy meets fewer of them and looks quick.
 */
export async function runH2load(options: {
  readonly prefix: readonly string[];
  readonly folder: string;
  readonly port: number;
  readonly connections: number;
  /** Requests per second of each connection. */
  readonly rate: number;
  readonly seconds: number;
}): Promise<ClosedLoop> {
  const { prefix, folder, port, connections, rate, seconds } = options;
  const body = join(folder, "body.json");
  const log = join(folder, "h2load.log");
  await writeFile(body, SMALL_BODY);
  // It appends.
  await rm(log, { force: true });
  const load = ["--h1", "-c", String(connections), "--rps", String(rate), "-D", String(seconds)];
  const headers = ["-H", "content-type: application/json", "-H", "x-user-id: user-1"];
  const url = `http://127.0.0.1:${port}/predict`;
  const said = await output([...prefix, "h2load", ...load, "-d", body, ...headers, "--log-file", log, url]);
  const lines = (await readFile(log, "latin1")).trim().split("\n");
  // Start in microseconds since the epoch, status (-1: failed), duration in microseconds.
  const entries = lines.map((line) => line.split("\t").map(Number));
  const durations = entries.map(([, , duration = 0]) => duration).sort((a, b) => a - b);
  const [, failed = "0", errored = "0", timeouts = "0"] =
    /(\d+) failed, (\d+) errored, (\d+) timeout/.exec(said) ?? [];
  const refused = entries.filter(([, status]) => status !== 200).length;
  return {
    requests: entries.length,
    seconds,
    failed: Math.max(refused, Number(failed) + Number(errored) + Number(timeouts)),
    p50Us: nearestRank(durations, 0.5) ?? Number.NaN,
    p99Us: nearestRank(durations, 0.99) ?? Number.NaN,
  };
}
