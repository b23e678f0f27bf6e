/*
 * A worker that is offered four times what it can compute: how much of its capacity it still answers, for how long the
 * accepted ones wait, whether `Retry-After` is right, and whether it stays awake. `npm run load:worker-overload
 * [-- --model DIR --seconds N --times N --max-queue N --step-seconds N --seed N]`.
 */
import { setTimeout as pause } from "node:timers/promises";
import { CommandError } from "../../worker/evaluation/command-error.ts";
import { increase } from "../../worker/evaluation/exposition.ts";
import { nearestRank } from "../../worker/evaluation/latency.ts";
import { type Finding, Kinds, keeps, reaches, tells } from "./support/findings.ts";
import { Latencies } from "./support/latency.ts";
import { predictRequest } from "./support/predict-request.ts";
import { type Run, runLoad } from "./support/run.ts";
import { loopFor } from "./worker/closed-loop.ts";
import { parkOnSecondCore } from "./worker/cores.ts";
import { cpuByThread, shareByThread } from "./worker/cpu.ts";
import { watchHealth } from "./worker/health.ts";
import { type Offered, offer } from "./worker/open-loop.ts";
import { judgeRetryAfter } from "./worker/retry-after.ts";
import { makeTexts } from "./worker/texts.ts";
import { BUNDLED_MODEL, edgeOf, startWorker, sumOf, type WorkerProcess } from "./worker/worker-process.ts";

const TEXTS = 5_000;
/** One of these keeps the worker as busy as it can be; which one depends on how it packs its batches. */
const CAPACITY_CALLERS = [16, 32, 64, 128];
const WARM_UP_MS = 2_000;
const HEALTH_EVERY_MS = 20;
/** The worker's own figure is of the last 15 to 30 s: read earlier it would still hold what was before. */
const LAG_EVERY_MS = 5_000;
const GOODPUT_LEAST_PERCENT = 95;
const LAG_LIMIT_MS = 10;
const HEALTH_LIMIT_MS = 20;
const LATE_LIMIT_MS = 20;
/** A worker has at most 2,048 connections, and the probes need some. */
const SOCKETS_MOST = 2_000;
/** Beyond the queue: what is being computed, refused and on its way. */
const SOCKETS_SPARE = 512;
const defaults = {
  model: BUNDLED_MODEL,
  seconds: 60,
  times: 4,
  "max-queue": 256,
  "step-seconds": 8,
  seed: 1,
};

await runLoad(process, "load:worker-overload", { defaults, limitMinutes: 15 }, async (run) => {
  const cores = parkOnSecondCore(process.pid);
  const maxQueue = run.count("max-queue");
  if (maxQueue + SOCKETS_SPARE > SOCKETS_MOST)
    throw new CommandError("usage", `--max-queue must be at most ${SOCKETS_MOST - SOCKETS_SPARE}`);
  const flags = ["--max-queue", String(maxQueue)];
  const worker = await startWorker(run, { model: run.text("model"), flags, prefix: cores.server });
  const requests = makeTexts(TEXTS, run.count("seed")).map((text) => predictRequest({ text }));
  let turn = 0;
  const request = () => requests[turn++ % TEXTS] ?? "";

  const before = await measureCapacity(run, worker, request);
  const perSecond = before.best * run.count("times");
  const scrapedBefore = await worker.scrape();
  const busyBefore = cpuByThread(worker.child.pid);
  const health = watchHealth(worker.port, HEALTH_EVERY_MS);
  const lag = watchLag(worker);
  const sockets = maxQueue + SOCKETS_SPARE;
  const startMs = performance.now();
  let [latencies, lagMs, busy] = [new Latencies(), Number.NaN, ""];
  const whenSent = async () => {
    [latencies, lagMs] = await Promise.all([health.stop(), lag.stop()]);
    busy = shareByThread(busyBefore, cpuByThread(worker.child.pid), performance.now() - startMs);
  };
  const forMs = run.count("seconds") * 1000;
  const offered = await offer({ port: worker.port, perSecond, forMs, sockets, request, whenSent });
  const scraped = increase(scrapedBefore, await worker.scrape());
  const after = await measureCapacity(run, worker, request, [before.callers]);

  // The mean of before and after: a machine that changes its speed meanwhile is not the worker's doing.
  const capacity = (before.best + after.best) / 2;
  const runSeconds = edgeOf(scraped, "sentiment_inference_seconds", 0.99);
  return [
    tells("where", cores.description),
    tells("capacity: closed loop, texts/s", before.steps.concat(after.steps).join(", ")),
    ...judgeLoad(offered, perSecond),
    ...judgeAccepted(offered, capacity, maxQueue, runSeconds),
    ...judgeRefused(offered),
    tells("processor time of the worker's threads", busy),
    tells("texts in the queue that were dropped", sumOf(scraped, "sentiment_dropped_total")),
    keeps("event loop delay of the worker, p99, worst reading", lagMs, LAG_LIMIT_MS, "ms"),
    keeps(`/healthz during the overload: ${latencies}`, latencies.at(0.99), HEALTH_LIMIT_MS, "ms"),
  ];
});

/** Texts a second of the number of callers that gets the most. */
async function measureCapacity(
  run: Run,
  { port }: WorkerProcess,
  request: () => string,
  steps: readonly number[] = CAPACITY_CALLERS,
) {
  const countedMs = run.count("step-seconds") * 1000;
  const measured: { callers: number; rate: number }[] = [];
  for (const callers of steps) {
    const load = { port, callers, warmUpMs: WARM_UP_MS, request: () => ({ bytes: request(), texts: 1 }) };
    const { textsPerSecond, latencies, refused } = await loopFor(load, countedMs);
    run.say(`${callers} callers: ${textsPerSecond.toFixed(1)} texts/s, ${latencies}, refused: ${refused}`);
    measured.push({ callers, rate: textsPerSecond });
  }
  const best = measured.reduce((a, b) => (b.rate > a.rate ? b : a));
  const shown = measured.map(({ callers, rate }) => `${rate.toFixed(0)} (${callers} callers)`);
  return { best: best.rate, callers: best.callers, steps: shown };
}

/** The worst reading of the worker's own gauge. */
function watchLag({ scrape }: WorkerProcess) {
  const [readings, ended] = [[] as number[], new AbortController()];
  const read = async () => {
    // One that does not answer within the limit of a scrape has no good figure either.
    const scraped = await scrape().catch(() => undefined);
    const seconds = scraped && sumOf(scraped, "nodejs_eventloop_lag_p99_seconds");
    readings.push((seconds ?? Number.POSITIVE_INFINITY) * 1000);
  };
  const watching = (async () => {
    while (!ended.signal.aborted) {
      await pause(LAG_EVERY_MS, undefined, { signal: ended.signal }).catch(() => undefined);
      await read();
    }
  })();
  return {
    async stop(): Promise<number> {
      ended.abort();
      await watching;
      // Readings of the first 30 s hold some of the time before; they only make it lower.
      return Math.max(...readings);
    },
  };
}

/** Whether the load was what it should be: a generator that is late or out of sockets measures itself. */
function judgeLoad({ arrivals, unsent }: Offered, perSecond: number): readonly Finding[] {
  const late = new Latencies();
  for (const { dueMs, sentMs } of arrivals) late.add(sentMs - dueMs);
  const kinds = new Kinds();
  for (const { kind } of arrivals) if (kind !== "200" && kind !== "429") kinds.add(kind);
  return [
    tells("offered, open loop", `${perSecond.toFixed(0)}/s, ${arrivals.length + unsent} in all`),
    keeps("not sent because no socket was free", unsent, 0),
    keeps(`lateness of the load itself: ${late}`, late.at(0.99), LATE_LIMIT_MS, "ms"),
    keeps(`answers other than 200 and 429 (${kinds})`, kinds.total, 0),
  ];
}

function judgeAccepted(
  { arrivals, startMs, endMs }: Offered,
  capacity: number,
  maxQueue: number,
  runSeconds: number,
): readonly Finding[] {
  const accepted = arrivals.filter(({ kind }) => kind === "200");
  // An answer counts where it came: what still waits at the end was not computed in this time.
  const within = accepted.filter(({ answeredMs }) => answeredMs <= endMs).length;
  const goodput = within / ((endMs - startMs) / 1000);
  const latencies = new Latencies();
  for (const { dueMs, answeredMs } of accepted) latencies.add(answeredMs - dueMs);
  // The queue at the least goodput that is promised, the run that the last of it waits for, and its own.
  const boundMs = (maxQueue / (capacity * (GOODPUT_LEAST_PERCENT / 100)) + 2 * runSeconds) * 1000;
  return [
    tells("goodput", `${goodput.toFixed(1)} texts/s`),
    reaches("goodput of capacity", (100 * goodput) / capacity, GOODPUT_LEAST_PERCENT, "%"),
    tells("accepted", `${latencies}, longest ${latencies.at(1).toFixed(0)} ms`),
    keeps("accepted, p99; queue ÷ capacity and two runs", latencies.at(0.99), Math.round(boundMs), "ms"),
  ];
}

function judgeRefused({ arrivals }: Offered): readonly Finding[] {
  const { refusals, withoutHeader, right, needed, said } = judgeRetryAfter(arrivals);
  const answers = new Latencies();
  for (const { kind, dueMs, answeredMs } of arrivals) if (kind === "429") answers.add(answeredMs - dueMs);
  return [
    tells("refused with 429", `${((100 * refusals) / arrivals.length).toFixed(1)} %, ${answers}`),
    keeps("429 without Retry-After", withoutHeader, 0),
    tells("Retry-After said; the backlog really took", `${spread(said)} s; ${spread(needed)} s`),
    keeps("Retry-After wrong by more than 2 × and 1 s", said.length - right, 0),
  ];
}

function spread(values: readonly number[]): string {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => nearestRank(sorted, share)?.toFixed(2) ?? "–";
  return `p1 ${at(0.01)}, p50 ${at(0.5)}, p99 ${at(0.99)}`;
}
