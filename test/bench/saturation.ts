/*
 * What a worker still answers at once while it is saturated: 32 callers keep its queue full, and meanwhile the delay
 * of its event loop, the latency of /healthz and its memory are read. `npm run bench:saturation [-- WORKER.yaml]`.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { Agent, get, request } from "node:http";
import { join } from "node:path";
import { parseExposition, samplesOf } from "../../worker/evaluation/exposition.ts";
import { nearestRank } from "../../worker/evaluation/latency.ts";
import { sentences } from "../support/sentences.ts";
import { unusedUrl } from "../support/upstream.ts";

const ROOT = join(import.meta.dirname, "../..");
const CALLERS = 32;
const SECONDS = 20;
const READY_LIMIT_MS = 60_000;

const url = await unusedUrl();
const worker = spawn(
  process.execPath,
  [
    join(ROOT, "worker/src/main.ts"),
    ...["--config", process.argv[2] ?? join(ROOT, "config/workers/roberta.yaml")],
    ...["--port", new URL(url).port],
  ],
  { stdio: ["ignore", "ignore", "inherit", "ipc"] },
);
const ended = once(worker, "exit");
try {
  await untilReady();
  await measure();
} finally {
  worker.kill();
  await ended;
}

async function untilReady(): Promise<void> {
  const latest = performance.now() + READY_LIMIT_MS;
  for (;;) {
    if (worker.exitCode !== null || worker.signalCode !== null)
      throw new Error("the worker ended before it was ready");
    if (performance.now() > latest) throw new Error(`the worker is not ready after ${READY_LIMIT_MS} ms`);
    const ready = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) }).then(
      (response) => response.ok,
      () => false,
    );
    if (ready) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function measure(): Promise<void> {
  const idle = await healthLatencies(2);
  const until = performance.now() + SECONDS * 1000;
  const counts = { ok: 0, refused: 0 };
  const agent = new Agent({ keepAlive: true, maxSockets: CALLERS });
  const callers = Array.from({ length: CALLERS }, async (_, caller) => {
    for (let turn = caller; performance.now() < until; turn++)
      if ((await predict(agent, sentences[turn % sentences.length] as string)) === 200) counts.ok++;
      else counts.refused++;
  });
  const saturated = await healthLatencies(SECONDS - 1);
  const scrape = parseExposition(await (await fetch(`${url}/metrics`)).text());
  await Promise.all(callers);
  agent.destroy();
  const gauge = (name: string) => samplesOf(scrape, name)[0]?.value ?? Number.NaN;
  const status = await readFile(`/proc/${worker.pid}/status`, "utf8").catch(() => "");
  const resident = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
  const lag = gauge("nodejs_eventloop_lag_p99_seconds");
  const row = (name: string, value: string) => process.stdout.write(`${name.padEnd(44)} ${value}\n`);
  row(`predictions of ${CALLERS} callers in ${SECONDS} s`, `${counts.ok}, refused ${counts.refused}`);
  row("event loop delay, p99", `${(lag * 1000).toFixed(1)} ms`);
  row("/healthz idle, p50 and p99", show(idle));
  row("/healthz saturated, p50 and p99", show(saturated));
  row("model_memory_usage_bytes", `${(gauge("model_memory_usage_bytes") / 1e6).toFixed(1)} MB`);
  row("VmRSS of the process, a moment later", `${(resident / 1e6).toFixed(1)} MB`);
}

function predict(agent: Agent, text: string): Promise<number> {
  const body = JSON.stringify({ text });
  const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    request(`${url}/predict`, { method: "POST", agent, headers }, (response) => {
      response.resume().once("end", () => resolve(response.statusCode ?? 0));
    })
      .once("error", reject)
      .end(body);
  });
}

/** Milliseconds of one /healthz after the other, every 20 ms. */
async function healthLatencies(seconds: number): Promise<number[]> {
  const agent = new Agent({ keepAlive: true });
  const latencies: number[] = [];
  const until = performance.now() + seconds * 1000;
  while (performance.now() < until) {
    const start = performance.now();
    await new Promise<void>((resolve, reject) => {
      get(`${url}/healthz`, { agent }, (response) => response.resume().once("end", resolve)).once(
        "error",
        reject,
      );
    });
    latencies.push(performance.now() - start);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  agent.destroy();
  return latencies.sort((a, b) => a - b);
}

function show(sorted: readonly number[]): string {
  const at = (share: number) => nearestRank(sorted, share)?.toFixed(1) ?? "–";
  return `${at(0.5)} and ${at(0.99)} ms (${sorted.length} calls)`;
}
