/*
 * kill -9 of an upstream under load: of one of two, then of the only one of its variant. `npm run load:kill
 * [-- --seconds N]`, N for each stretch of the load.
 */
import { setTimeout as pause } from "node:timers/promises";
import { type Outcome, smallRequest } from "./support/caller.ts";
import { failureOf, runCrowd, until, upstreamOf } from "./support/crowd.ts";
import { type Finding, Kinds, keeps, tells } from "./support/findings.ts";
import { Latencies } from "./support/latency.ts";
import {
  type ProxyProcess,
  startProxy,
  startUpstream,
  twoVariants,
  type Upstream,
} from "./support/processes.ts";
import { type Run, runLoad } from "./support/run.ts";
import { unitOf, WeightHistory, type Weights } from "./support/units.ts";

const CALLERS = 32;
const UNITS = 1_000;
/** So that there is something in flight when the upstream dies. */
const SERVICE_MS = 5;
/** A fixed pause keeps the load the same whatever the answers are. */
const PAUSE_MS = 20;
const RECOVERY_LIMIT_S = 2;
const LOOK_LIMIT_MS = 20_000;
const SPLIT: Weights = [50, 50];

await runLoad(process, "load:kill", { defaults: { seconds: 10 }, limitMinutes: 10 }, async (run) => {
  const upstreams = await Promise.all(["a1", "a2", "b1"].map((name) => startUpstream(run, name, SERVICE_MS)));
  const [a1, a2, b1] = upstreams;
  if (a1 === undefined || a2 === undefined || b1 === undefined) throw new Error("no upstreams");
  const proxy = await startProxy(run, twoVariants(SPLIT, [a1, a2], [b1]));
  return [...(await killOneOfTwo(run, proxy, a1)), ...(await killTheOnly(run, proxy, b1))];
});

async function killOneOfTwo(run: Run, proxy: ProxyProcess, victim: Upstream): Promise<readonly Finding[]> {
  const stretchMs = run.count("seconds") * 1000;
  const load = startLoad(proxy.port);
  await pause(stretchMs / 2);
  const { failedBefore, endedBefore } = { failedBefore: load.failures.total, endedBefore: load.endedOfA() };
  const killedMs = performance.now();
  await victim.kill();
  // Whatever was under way at its variant between the signal and the end of the process.
  const underWay = load.sentOfA() - endedBefore;
  await pause(stretchMs);
  const lastErrorS = Math.max(0, load.lastFailureMs() - killedMs) / 1000;
  const failed = load.failures.total - failedBefore;
  const kinds = String(load.failures);
  const recoveredS = await recover(load, victim);
  await load.stop();
  return [
    tells("one of two killed: requests before and after", load.count()),
    keeps("  failed before", failedBefore, 0),
    keeps(`  failed (${kinds}); at most what was under way at its variant`, failed, underWay),
    tells("  last error after the kill", `${lastErrorS.toFixed(3)} s`),
    keeps("  restarted, listening to first answer", recoveredS, RECOVERY_LIMIT_S, "s"),
  ];
}

async function killTheOnly(run: Run, proxy: ProxyProcess, victim: Upstream): Promise<readonly Finding[]> {
  const stretchMs = run.count("seconds") * 1000;
  const load = startLoad(proxy.port);
  await pause(stretchMs);
  const before = load.swapLatencies();
  const failedBefore = load.failures.total;
  await victim.kill();
  await pause(stretchMs);
  const during = load.swapLatencies();
  const failed = load.failures.total - failedBefore;
  const kinds = String(load.failures);
  const otherFailed = load.failuresOfA();
  const recoveredS = await recover(load, victim);
  await load.stop();
  return [
    tells("the only one killed: failed meanwhile", `${failed} (${kinds})`),
    keeps("  failed of the other variant", otherFailed, 0),
    tells("  other variant before", String(before)),
    tells("  other variant meanwhile", String(during)),
    keeps("  restarted, listening to first answer", recoveredS, RECOVERY_LIMIT_S, "s"),
  ];
}

/** Seconds from the moment that the upstream listens again until it answers through the proxy. */
async function recover(load: ReturnType<typeof startLoad>, upstream: Upstream): Promise<number> {
  await upstream.start();
  const listeningMs = performance.now();
  load.forget(upstream.name);
  await until(() => load.answeredBy(upstream.name), `an answer of ${upstream.name}`, LOOK_LIMIT_MS);
  return (performance.now() - listeningMs) / 1000;
}

/** Requests of many units until it is stopped; latencies are those of variant `a`. */
function startLoad(port: number) {
  const failures = new Kinds();
  const answered = new Set<string>();
  const weights = new WeightHistory(SPLIT);
  const [sentOf, endedOf] = [
    { a: 0, b: 0 },
    { a: 0, b: 0 },
  ];
  let latencies = new Latencies();
  let [running, sent, lastFailureMs, failuresOfA] = [true, 0, 0, 0];
  const seen = (outcome: Outcome, variant: "a" | "b", tookMs: number) => {
    endedOf[variant]++;
    const failure = failureOf(outcome);
    if (failure === undefined) {
      answered.add(upstreamOf(outcome));
      if (variant === "a") latencies.add(tookMs);
      return;
    }
    failures.add(failure);
    lastFailureMs = performance.now();
    if (variant === "a") failuresOfA++;
  };
  const crowd = runCrowd({
    ...{ port, size: CALLERS, pauseMs: PAUSE_MS, seen, more: () => running },
    request() {
      const unit = unitOf(sent++ % UNITS, "header");
      const variant = weights.allows(unit.id, "a", 0) ? "a" : "b";
      sentOf[variant]++;
      return { bytes: smallRequest(unit), note: variant };
    },
  });
  return {
    failures,
    sentOfA: () => sentOf.a,
    endedOfA: () => endedOf.a,
    count: () => endedOf.a + endedOf.b,
    lastFailureMs: () => lastFailureMs,
    failuresOfA: () => failuresOfA,
    answeredBy: (name: string) => answered.has(name),
    forget: (name: string) => void answered.delete(name),
    swapLatencies() {
      const swapped = latencies;
      latencies = new Latencies();
      return swapped;
    },
    async stop() {
      running = false;
      await crowd;
    },
  };
}
