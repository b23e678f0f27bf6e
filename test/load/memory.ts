/*
 * Memory of the proxy under bodies of a GiB and thousands of connections, and a healthy caller beside thousands of slow
 * ones. `npm run load:memory [-- --mebibytes N --idle N --slow N --seconds N]`.
 */
import { connect, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { Caller, smallRequest } from "./support/caller.ts";
import { failureOf, runCrowd } from "./support/crowd.ts";
import { type Finding, Kinds, keeps, tells } from "./support/findings.ts";
import { INSPECTABLE } from "./support/heap.ts";
import { Latencies } from "./support/latency.ts";
import { type Growth, growthWhile } from "./support/memory.ts";
import { type ProxyProcess, startProxy, startUpstream, twoVariants } from "./support/processes.ts";
import { type Run, runLoad } from "./support/run.ts";
import { download, upload } from "./support/transfer.ts";
import { unitOf } from "./support/units.ts";

const MIB = 2 ** 20;
const STREAM_LIMIT_MB = 50;
const IDLE_LIMIT_MB = 100;
const WARM_UP_REQUESTS = 20_000;
const OPENED_AT_ONCE = 100;
const defaults = { mebibytes: 1_024, idle: 10_000, slow: 2_000, seconds: 20 };

await runLoad(process, "load:memory", { defaults, limitMinutes: 30 }, async (run) => {
  const a = await startUpstream(run, "a1");
  const b = await startUpstream(run, "b1");
  const findings: Finding[] = [];
  // A process of its own for each: what one left behind to be collected would hide the growth of the next.
  const parts = { up: stream("up", upload), down: stream("down", download), idle, slow };
  for (const [name, part] of Object.entries(parts)) {
    const proxy = await startProxy(run, twoVariants([50, 50], [a], [b]), name, [INSPECTABLE]);
    await warmUp(proxy.port);
    findings.push(...(await part(run, proxy)));
    await proxy.child().stop();
  }
  return findings;
});

/** What the process needs once, compiled code above all, is no growth. */
async function warmUp(port: number): Promise<void> {
  let sent = 0;
  await runCrowd({
    ...{ port, size: 16, more: () => sent < WARM_UP_REQUESTS, seen: () => undefined },
    request: () => ({ bytes: smallRequest(unitOf(sent++, "header")), note: undefined }),
  });
}

function stream(name: string, transfer: (port: number, bytes: number) => Promise<number>) {
  return async (run: Run, { port, child }: ProxyProcess): Promise<readonly Finding[]> => {
    const bytes = run.count("mebibytes") * MIB;
    let moved = 0;
    const startMs = performance.now();
    const growth = await growthWhile(child(), async () => {
      moved = await transfer(port, bytes);
    });
    const seconds = (performance.now() - startMs) / 1000;
    run.say(`${name}: ${moved} bytes in ${seconds.toFixed(1)} s`);
    return [
      keeps(`${name}: bytes missing of ${bytes} (${seconds.toFixed(1)} s)`, bytes - moved, 0),
      ...growthFindings(name, growth, STREAM_LIMIT_MB),
    ];
  };
}

function growthFindings(name: string, { most, left }: Growth, limitMb: number): readonly Finding[] {
  return [
    keeps(`${name}: growth of resident memory`, most, limitMb, "MB"),
    tells(`${name}: what is left of it after a collection`, `${left.toFixed(1)} MB`),
  ];
}

async function idle(run: Run, { port, child }: ProxyProcess): Promise<readonly Finding[]> {
  const total = run.count("idle");
  const callers: Caller[] = [];
  const failures = new Kinds();
  const growth = await growthWhile(child(), async () => {
    while (callers.length < total) {
      const more = Array.from(
        { length: Math.min(OPENED_AT_ONCE, total - callers.length) },
        () => new Caller(port),
      );
      callers.push(...more);
      const outcomes = await Promise.all(
        more.map((caller, index) => caller.call(smallRequest(unitOf(index, "header")))),
      );
      for (const outcome of outcomes) {
        const failure = failureOf(outcome);
        if (failure !== undefined) failures.add(failure);
      }
    }
    await pause(2_000);
  });
  const open = callers.filter((caller) => caller.connected()).length;
  for (const caller of callers) caller.close();
  run.say(`idle: ${open} connections`);
  return [
    keeps(`idle connections: not open of ${total} (${failures})`, total - open, 0),
    ...growthFindings("idle connections", growth, IDLE_LIMIT_MB),
  ];
}

async function slow(run: Run, { port }: ProxyProcess): Promise<readonly Finding[]> {
  const [total, stretchMs] = [run.count("slow"), run.count("seconds") * 1000];
  const before = await askSteadily(port, stretchMs);
  let [attacking, cut] = [true, 0];
  const sockets = new Set<Socket>();
  const attack = () => {
    if (!attacking) return;
    const socket = connect(port, "127.0.0.1").on("error", () => undefined);
    sockets.add(socket);
    socket.write("GET / HTTP/1.1\r\nHost: load\r\nX-Slow: ");
    socket.resume().once("close", () => {
      sockets.delete(socket);
      if (!attacking) return;
      cut++;
      attack();
    });
  };
  for (let index = 0; index < total; index++) attack();
  const timer = setInterval(() => {
    for (const socket of sockets) socket.write("x");
  }, 1_000);
  const during = await askSteadily(port, stretchMs);
  attacking = false;
  clearInterval(timer);
  for (const socket of sockets) socket.destroy();
  return [
    tells(`slow headers: a healthy caller before`, String(before.latencies)),
    tells(`slow headers: beside ${total} slow ones (${cut} cut off and back)`, String(during.latencies)),
    keeps(`slow headers: failed (${during.failures})`, during.failures.total, 0),
  ];
}

/** One caller that asks every few milliseconds. */
async function askSteadily(port: number, forMs: number) {
  const latencies = new Latencies();
  const failures = new Kinds();
  const untilMs = performance.now() + forMs;
  let sent = 0;
  await runCrowd({
    ...{ port, size: 1, pauseMs: 5, more: () => performance.now() < untilMs },
    request: () => ({ bytes: smallRequest(unitOf(sent++ % 1_000, "header")), note: undefined }),
    seen(outcome, _, tookMs) {
      latencies.add(tookMs);
      const failure = failureOf(outcome);
      if (failure !== undefined) failures.add(failure);
    },
  });
  return { latencies, failures };
}
