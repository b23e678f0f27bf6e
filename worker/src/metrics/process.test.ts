import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { watchEventLoop } from "./event-loop.ts";
import { createProcessReadings, memoryLimit } from "./process.ts";

test("the memory limit is that of the control group where there is one, else the machine's", () => {
  assert.equal(memoryLimit(512, 2048), 512);
  assert.equal(memoryLimit(0, 2048), 2048);
  assert.equal(memoryLimit(undefined, 2048), 2048);
  // What Node says without a limit.
  assert.equal(memoryLimit(2 ** 64, 2048), 2048);
});

test("resident memory is what the kernel calls VmRSS", { skip: process.platform !== "linux" }, (t) => {
  const eventLoop = watchEventLoop();
  t.after(() => eventLoop.stop());
  const readings = createProcessReadings(eventLoop);
  const resident = readings.residentBytes();
  const kernel = Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"))?.[1]) * 1024;
  assert.ok(Math.abs(resident - kernel) < 0.02 * kernel, `${resident} against ${kernel}`);
  assert.ok(readings.cpuSeconds() > 0);
  assert.ok(Math.abs(Date.now() / 1000 - readings.startTimeSeconds) < 3600);
});

test("a stall of the event loop is seen, also by a second reader, and is forgotten after two periods", async (t) => {
  const eventLoop = watchEventLoop(200);
  t.after(() => eventLoop.stop());
  await delay(50);
  const until = performance.now() + 120;
  while (performance.now() < until);
  await delay(30);
  assert.ok(eventLoop.p99Seconds() > 0.08, String(eventLoop.p99Seconds()));
  assert.ok(eventLoop.p99Seconds() > 0.08);
  await delay(600);
  assert.ok(eventLoop.p99Seconds() < 0.08, String(eventLoop.p99Seconds()));
});
