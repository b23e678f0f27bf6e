/*
 * Faults on purpose in a running stack: three gateways behind a balancer, both bundled workers, callers, Prometheus and
 * Alertmanager with the shipped rules and routes in compressed time. Each fault must bring its alert to the sink, and no
 * wrong one. `npm run load:faults [-- --only NAME,NAME --time-scale 1/30 --minutes N --seed N --rate N]`; `--only
 * healthy --minutes N` is N minutes without any fault.
 */
import { spawnSync } from "node:child_process";
import { parseScale } from "../../prometheus/src/duration.ts";
import { CommandError } from "../../worker/evaluation/command-error.ts";
import { type Finding, tells } from "../load/support/findings.ts";
import { runLoad } from "../load/support/run.ts";
import type { Fault } from "./fault.ts";
import { FAULTS } from "./faults.ts";
import { stayHealthy } from "./healthy.ts";
import { generateFiles } from "./monitoring.ts";
import { openSink } from "./sink.ts";
import { startStack } from "./stack.ts";
import { type Setting, tryFault } from "./trial.ts";
import { findingsOf } from "./verdict.ts";

const HEALTHY = "healthy";
const REPLICAS = 3;
const PROGRAMS = ["prometheus", "prometheus-alertmanager"];
const defaults = { only: "all", "time-scale": "1/30", minutes: 10, rate: 40, seed: 1 };

await runLoad(process, "load:faults", { defaults, limitMinutes: 240 }, async (run) => {
  const { faults, healthy } = choose(run.text("only"));
  const timeScale = readTimeScale(run.text("time-scale"));
  assertInstalled();
  const seed = run.count("seed");
  run.say(`seed ${seed}`);
  const sink = await openSink();
  const files = await generateFiles(run, sink, timeScale);
  const stack = await startStack(run, { seed, files, perSecond: run.count("rate"), replicas: REPLICAS });
  const setting: Setting = { run, stack, sink, files, timeScale };
  const findings: Finding[] = [tells("time scale", run.text("time-scale"))];
  try {
    for (const fault of faults) {
      const found = findingsOf(await tryFault(setting, fault), timeScale);
      findings.push(...found);
    }
    if (healthy) findings.push(...(await stayHealthy(setting, run.count("minutes"))));
    return findings;
  } finally {
    await stack.stop();
    await sink.close();
  }
});

/** @param only parts of names, with commas between them */
function choose(only: string): { readonly faults: readonly Fault[]; readonly healthy: boolean } {
  if (only === "all") return { faults: FAULTS, healthy: true };
  const wanted = only
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean);
  const matches = ({ name, alert }: Fault, part: string) => alert === part || name.includes(part);
  const unknown = wanted.filter((part) => part !== HEALTHY && !FAULTS.some((fault) => matches(fault, part)));
  if (unknown.length > 0) {
    const names = [HEALTHY, ...FAULTS.map(({ name }) => name)].map((name) => `"${name}"`).join(", ");
    throw new CommandError(
      "usage",
      `--only "${unknown[0]}" is part of none of these names: ${names}; give some of them, with commas between`,
      { exitCode: 2 },
    );
  }
  return {
    faults: FAULTS.filter((fault) => wanted.some((part) => matches(fault, part))),
    healthy: wanted.includes(HEALTHY),
  };
}

function readTimeScale(text: string): number {
  try {
    return parseScale(text);
  } catch (error) {
    throw new CommandError("usage", `--time-scale: ${(error as RangeError).message}`, { exitCode: 2 });
  }
}

function assertInstalled(): void {
  const missing = PROGRAMS.filter((name) => spawnSync(name, ["--version"]).error);
  if (missing.length > 0)
    throw new CommandError(
      "missing_tools",
      `${missing.join(" and ")} not found; run apt-get install prometheus prometheus-alertmanager`,
    );
}
