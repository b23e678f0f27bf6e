import { runH2load } from "./h2load.ts";
import type { Race, Runner } from "./race.ts";
import { type ClosedLoop, type Load, runWrk } from "./wrk.ts";

/** `single`: small requests over one connection; `rate`: small requests at a fixed rate. */
export type Phase = Load | "single" | "rate";

/** One phase of one round with one contestant. */
export interface Measured extends ClosedLoop {
  readonly contestant: string;
  readonly phase: Phase;
  readonly round: number;
  /** CPU of the proxy's processes for each request; undefined where there is no proxy. */
  readonly cpuUs: number | undefined;
}

/** The backend itself, asked without a proxy. */
export const DIRECT = "direct";
export const CONNECTIONS = 32;
/** Opens the connections, also those behind the proxy, which may have ended while others had their turn. */
const LEAD_IN_SECONDS = 1;
const WARM_UP_SECONDS = 2;
/** The better of them counts: a moment in which the machine was busy otherwise is no limit of a proxy. */
const WARM_UP_PASSES = 2;
/** What a fast machine is asked for: 6,400 requests per second over all connections. */
const MOST_PER_CONNECTION = 200;

export interface Track {
  readonly race: Race;
  readonly onLoadCore: readonly string[];
  /** Where the load generators keep their files. */
  readonly folder: string;
  readonly seconds: number;
  say(line: string): void;
}

/** Compiles what is hot and returns what each connection may ask for so that the slowest is at most half busy. */
export async function warmUp(track: Track): Promise<number> {
  const capacities = new Map<string, number>();
  for (let pass = 0; pass < WARM_UP_PASSES; pass++) {
    for (const runner of track.race.runners) {
      const { requests, seconds } = await measure(
        { ...track, seconds: WARM_UP_SECONDS },
        runner,
        "small",
        0,
        0,
      );
      capacities.set(runner.name, Math.max(capacities.get(runner.name) ?? 0, requests / seconds));
    }
  }
  const slowest = Math.min(...capacities.values());
  return Math.max(1, Math.min(MOST_PER_CONNECTION, Math.floor(slowest / 2 / CONNECTIONS)));
}

/** Every phase with every contestant, one after the other, in every round: what changes on the machine meets all. */
export async function measureRounds(
  track: Track,
  rounds: number,
  phases: readonly Phase[],
  rate: number,
): Promise<readonly Measured[]> {
  const measured: Measured[] = [];
  for (let round = 1; round <= rounds; round++) {
    for (const phase of phases) {
      const runners = phase === "single" ? [undefined, ...track.race.runners] : track.race.runners;
      for (const runner of runners) {
        const result = await measure(track, runner, phase, rate, round);
        measured.push(result);
        track.say(lineOf(result));
      }
    }
  }
  return measured;
}

/** @param runner undefined asks the backend itself */
async function measure(
  { race, onLoadCore, folder, seconds }: Track,
  runner: Runner | undefined,
  phase: Phase,
  rate: number,
  round: number,
): Promise<Measured> {
  const connections = phase === "single" ? 1 : CONNECTIONS;
  const target = { prefix: onLoadCore, folder, port: runner?.port ?? race.backendPort, connections };
  const run = (lasting: number) =>
    phase === "rate"
      ? runH2load({ ...target, rate, seconds: lasting })
      : runWrk({ ...target, load: phase === "single" ? "small" : phase, seconds: lasting });
  await run(LEAD_IN_SECONDS);
  const before = runner?.cpu() ?? 0;
  const result = await run(
    phase === "small" || phase === "rate" ? seconds : Math.max(1, Math.round(seconds / 2)),
  );
  const usedUs = ((runner?.cpu() ?? 0) - before) * 1e6;
  const cpuUs = runner === undefined ? undefined : usedUs / result.requests;
  return { ...result, contestant: runner?.name ?? DIRECT, phase, round, cpuUs };
}

function lineOf({
  round,
  phase,
  contestant,
  cpuUs,
  requests,
  seconds,
  p50Us,
  p99Us,
  failed,
}: Measured): string {
  const cpu = cpuUs === undefined ? "" : ` ${cpuUs.toFixed(1)} µs CPU,`;
  const latency = `p50 ${p50Us} µs, p99 ${p99Us} µs`;
  const failures = failed === 0 ? "" : `, ${failed} FAILED`;
  return `round ${round} ${phase} ${contestant}:${cpu} ${Math.round(requests / seconds)}/s, ${latency}${failures}`;
}
