import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { output } from "../support/program.ts";
import { LARGE_BYTES } from "./backend.ts";

/** 60 bytes, as a small prediction has. */
export const SMALL_BODY = '{"text": "what a lovely day, the sun is up and all is well"}';
const UNITS = 200;

export type Load = "small" | "up" | "down";

export interface ClosedLoop {
  readonly requests: number;
  readonly seconds: number;
  /** Connections that broke, timeouts and answers other than 2xx. */
  readonly failed: number;
  readonly p50Us: number;
  readonly p99Us: number;
}

/** Requests of 200 units in turn, made beforehand so that the generator costs little. */
function script(load: Load): string {
  const body = load === "small" ? SMALL_BODY : "x".repeat(LARGE_BYTES);
  const request = load === "down" ? 'wrk.format("GET", "/large")' : 'wrk.format("POST", "/predict")';
  return `local requests, turn = {}, 0
wrk.headers["content-type"] = "application/json"
${load === "down" ? "" : `wrk.body = '${body}'`}
function init()
  for unit = 1, ${UNITS} do
    wrk.headers["x-user-id"] = "user-" .. unit
    requests[unit] = ${request}
  end
end
function request()
  turn = turn % ${UNITS} + 1
  return requests[turn]
end
function done(summary, latency)
  local e = summary.errors
  io.write(string.format("RESULT %d %d %d %d %d\\n", summary.requests, summary.duration,
    e.connect + e.read + e.write + e.status + e.timeout, latency:percentile(50), latency:percentile(99)))
end
`;
}

export async function writeScripts(folder: string): Promise<void> {
  for (const load of ["small", "up", "down"] as const)
    await writeFile(join(folder, `${load}.lua`), script(load));
}

/** Every connection sends its next request when the answer to the last is there. */
export async function runWrk(options: {
  readonly prefix: readonly string[];
  readonly folder: string;
  readonly port: number;
  readonly load: Load;
  readonly connections: number;
  readonly seconds: number;
}): Promise<ClosedLoop> {
  const { prefix, folder, port, load, connections, seconds } = options;
  const flags = ["-t1", `-c${connections}`, `-d${seconds}s`, "-s", join(folder, `${load}.lua`)];
  const said = await output([...prefix, "wrk", ...flags, `http://127.0.0.1:${port}/`]);
  const figures = /^RESULT (.*)$/m.exec(said)?.[1]?.split(" ").map(Number);
  if (figures === undefined) throw new Error(`wrk gave no result:\n${said}`);
  const [requests = 0, durationUs = 0, failed = 0, p50Us = 0, p99Us = 0] = figures;
  return { requests, seconds: durationUs / 1e6, failed, p50Us, p99Us };
}
