/*
 * One connection that asks /healthz at fixed times; an answer that comes late delays the next call, and the delay
 * counts as that call's.
 */
import { setTimeout as pause } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { Caller } from "../support/caller.ts";

const { port, everyMs } = workerData as { readonly port: number; readonly everyMs: number };
const REQUEST = "GET /healthz HTTP/1.1\r\nHost: load\r\n\r\n";

let running = true;
parentPort?.once("message", () => {
  running = false;
});
const caller = new Caller(port);
const latencies: number[] = [];
for (let dueMs = performance.now(); running; dueMs += everyMs) {
  const earlyMs = dueMs - performance.now();
  // A timer is late by itself, by up to a millisecond: that is not the worker's.
  if (earlyMs > 0) await pause(earlyMs);
  const startMs = earlyMs > 0 ? performance.now() : dueMs;
  const { answer } = await caller.call(REQUEST);
  latencies.push(answer?.status === 200 ? performance.now() - startMs : Number.POSITIVE_INFINITY);
}
caller.close();
parentPort?.postMessage(latencies);
