/*
 * What `npm start` does when a model fails: an exception in the inference thread, a native abort of the process, and three
 * exceptions within a minute; under load through the gateway. `npm run load:worker-faults [-- --model DIR --seconds N
 * --callers N --seed N]`, N seconds before and after each fault.
 */
import { setTimeout as pause } from "node:timers/promises";
import { Caller } from "./support/caller.ts";
import { failureOf, until } from "./support/crowd.ts";
import { equals, type Finding, keeps, reaches, tells } from "./support/findings.ts";
import { type Run, runLoad } from "./support/run.ts";
import { burst } from "./worker/burst.ts";
import { ABORTS, THROWS, writePoisonedModel } from "./worker/poisoned-model.ts";
import { type System, startSystem } from "./worker/system.ts";
import { startVariantLoad, unitOfFirst, unitRequest, type VariantLoad } from "./worker/variant-load.ts";
import { BUNDLED_MODEL } from "./worker/worker-process.ts";

const RECOVERY_LIMIT_MS = 60_000;
const WATCH_EVERY_MS = 20;
const WORKER = { model_version: "distilbert" };
const RESTARTS = "  sentiment_inference_thread_restarts_total";
const SAME_PROCESS = "the same process";
const NEW_PROCESS = "a new process";
/** Generous: a full-size model takes seconds to load, and the gateway tries a sick upstream again after some more. */
const THREAD_RECOVERY_S = 15;
const PROCESS_RECOVERY_S = 30;
const defaults = { model: BUNDLED_MODEL, seconds: 5, callers: 16, seed: 1 };

interface Fault {
  readonly name: string;
  /** Makes it happen, and says what the poisoned requests got. */
  fail(): Promise<string>;
  /** Which process serves afterwards. */
  readonly process: typeof SAME_PROCESS | typeof NEW_PROCESS;
  /** To the next answer of the variant. */
  readonly recoveryS: number;
}

await runLoad(process, "load:worker-faults", { defaults, limitMinutes: 15 }, async (run) => {
  const system = await startSystem(run, writePoisonedModel(run.text("model"), run.folder));
  const startLoad = () => startVariantLoad(system.port, run.count("callers"), run.count("seed"));
  const findings: Finding[] = [];
  const judge = async (fault: Fault) => void findings.push(...(await judgeFault(run, system, load, fault)));
  let load = startLoad();
  try {
    const calm = load.mark();
    await pause(run.count("seconds") * 1000);
    const failed = calm.lost.total + calm.lostOfOther.total;
    findings.push(
      keeps(`before: failed (${calm.lost}) (${calm.lostOfOther})`, failed, 0),
      reaches("before: answered by it", calm.answered.length, 1),
      tells("before: answered by the other variant", String(calm.answeredOfOther)),
    );
    await judge({
      name: "exception",
      fail: () => poison(system, THROWS),
      process: SAME_PROCESS,
      recoveryS: THREAD_RECOVERY_S,
    });
    await judge({
      name: "native abort",
      fail: () => poison(system, ABORTS),
      process: NEW_PROCESS,
      recoveryS: PROCESS_RECOVERY_S,
    });
    // Without load, or what waits of it would be counted with the burst.
    await load.stop();
    findings.push(...(await burst(system.workerPort, THROWS)));
    load = startLoad();
    await judge({
      name: "third exception",
      fail: () => twice(system),
      process: NEW_PROCESS,
      recoveryS: PROCESS_RECOVERY_S,
    });
  } finally {
    await load.stop();
  }
  const reason = /the inference thread failed 3 times within [^"{]*/.exec(system.log("distilbert"))?.[0];
  if (reason !== undefined) run.say(`its log: ${reason}`);
  return [
    ...findings,
    keeps("three exceptions: no reason in its log", reason === undefined ? 1 : 0, 0),
    ...supervisorSaid(system),
  ];
});

/** Sends the text that fails and says what became of it. */
async function poison({ port }: System, text: string): Promise<string> {
  const caller = new Caller(port);
  const outcome = await caller.call(unitRequest(unitOfFirst(), text));
  caller.close();
  return failureOf(outcome) ?? "200";
}

/** Each as soon as the worker gets requests again; with the burst they are three. */
async function twice(system: System): Promise<string> {
  const kinds: string[] = [];
  for (const turn of [2, 3]) {
    await until(() => serves(system), `the worker serves before exception ${turn}`, RECOVERY_LIMIT_MS);
    kinds.push(await poison(system, THROWS));
  }
  return kinds.join(", ");
}

async function serves(system: System): Promise<boolean> {
  return (await system.isWorkerReady()) && (await system.gateway("ab_upstream_healthy", WORKER)) === 1;
}

async function judgeFault(
  run: Run,
  system: System,
  load: VariantLoad,
  { name, fail, process: wanted, recoveryS }: Fault,
): Promise<readonly Finding[]> {
  await until(() => serves(system), `the worker serves before the ${name}`, RECOVERY_LIMIT_MS);
  const started = await system.worker("process_start_time_seconds");
  const restarts = await system.worker("sentiment_inference_thread_restarts_total");
  const ejections = await system.gateway("ab_upstream_ejections_total", WORKER);
  const watch = watchReadiness(system);
  const counts = load.mark();
  const said = await fail();
  const failedMs = performance.now();
  const recovered = () => counts.answered.find(({ sentMs }) => sentMs > failedMs);
  await until(() => recovered() !== undefined, `an answer after the ${name}`, RECOVERY_LIMIT_MS);
  const recoveredS = ((recovered()?.endMs ?? Number.NaN) - failedMs) / 1000;
  await until(() => serves(system), `the worker serves after the ${name}`, RECOVERY_LIMIT_MS);
  await pause(run.count("seconds") * 1000);
  const seen = await watch.stop();
  run.say(`${name}: recovered after ${recoveredS.toFixed(2)} s; lost: ${counts.lost}`);
  const startedNow = await system.worker("process_start_time_seconds");
  const restarted = await system.worker("sentiment_inference_thread_restarts_total");
  const ejected = (await system.gateway("ab_upstream_ejections_total", WORKER)) - ejections;
  return [
    tells(`${name}: what its own request got`, said),
    keeps("  recovery: to the next 200 of the variant", recoveredS, recoveryS, "s"),
    tells("  lost of the variant, the poisoned ones not counted", `${counts.lost.total} (${counts.lost})`),
    tells(
      "  last loss after the failure",
      `${(Math.max(0, counts.lastLossMs - failedMs) / 1000).toFixed(2)} s`,
    ),
    keeps(`  lost of the other variant (${counts.lostOfOther})`, counts.lostOfOther.total, 0),
    tells("  answered meanwhile by the other variant", String(counts.answeredOfOther)),
    equals("  process_start_time_seconds", startedNow === started ? SAME_PROCESS : NEW_PROCESS, wanted),
    wanted === SAME_PROCESS
      ? equals(RESTARTS, `${restarts} → ${restarted}`, `${restarts} → ${(restarts ?? Number.NaN) + 1}`)
      : tells(RESTARTS, `${restarts} → ${restarted}`),
    tells("  sentiment_worker_ready was not 1", seen.worker),
    tells("  ab_upstream_healthy was not 1; ejections", `${seen.gateway}; ${ejected}`),
  ];
}

/** For how long readings of the two metrics, taken every few milliseconds, were not 1. */
function watchReadiness(system: System) {
  const missingMs = { worker: 0, gateway: 0 };
  let running = true;
  const watching = (async () => {
    let lastMs = performance.now();
    while (running) {
      await pause(WATCH_EVERY_MS);
      const worker = await system.worker("sentiment_worker_ready");
      const gateway = await system.gateway("ab_upstream_healthy", WORKER);
      const nowMs = performance.now();
      if (worker !== 1) missingMs.worker += nowMs - lastMs;
      if (gateway !== 1) missingMs.gateway += nowMs - lastMs;
      lastMs = nowMs;
    }
  })();
  // Whoever stops it learns of a failure; until then nobody waits for one.
  watching.catch(() => undefined);
  return {
    async stop() {
      running = false;
      await watching;
      const show = (ms: number) => `for ${(ms / 1000).toFixed(2)} s`;
      return { worker: show(missingMs.worker), gateway: show(missingMs.gateway) };
    },
  };
}

/** What the person at the terminal reads of it. */
function supervisorSaid({ supervisor }: System): readonly Finding[] {
  const lines = supervisor.said().split("\n");
  const told = lines.filter((line) => line.includes("worker distilbert") && /ended|again|died/.test(line));
  return told.map((line) => tells("the supervisor", line.trim().replace("blindsplit: ", "")));
}
