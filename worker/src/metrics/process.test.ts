import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { until } from "../testing/until.ts";
import { watchEventLoop } from "./event-loop.ts";
import { createProcessReadings } from "./process.ts";

test("resident memory is what the kernel calls VmRSS", { skip: process.platform !== "linux" }, () => {
  const readings = createProcessReadings(process);
  const resident = readings.residentBytes();
  const kernel = Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"))?.[1]) * 1024;
  assert.ok(Math.abs(resident - kernel) < 0.02 * kernel, `${resident} against ${kernel}`);
  assert.ok(readings.cpuSeconds() > 0);
  assert.ok(Math.abs(Date.now() / 1000 - readings.startTimeSeconds) < 3600);
});

test("a stall of the event loop is seen, also by a second reader, and is forgotten after two periods", async (t) => {
  let rotate = () => {};
  const eventLoop = watchEventLoop((given) => {
    rotate = given;
    return () => {};
  });
  t.after(() => eventLoop.stop());
  const isSeen = () => eventLoop.p99Seconds() > 0.08;
  await until(() => {
    // Again until it is seen: what begins before a monitor's first tick is not recorded.
    const endsAtMs = performance.now() + 120;
    while (!isSeen() && performance.now() < endsAtMs);
    return isSeen();
  });
  assert.ok(isSeen());
  rotate();
  assert.ok(isSeen(), "in the first period after it");
  rotate();
  assert.ok(!isSeen(), String(eventLoop.p99Seconds()));
});
